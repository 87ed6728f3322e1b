package sqlstoretest

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/identity"
	"kept/internal/sqlstore"
	"kept/internal/testfix"
)

// record is everything that a merge may change, without the sequences of facts:
// one that was set aside comes back with another.
type record struct {
	Accounts      []customer.Account
	Contacts      []customer.Contact
	Products      []customer.Product
	Relationships []customer.Relationship
	Subscriptions []customer.Subscription
	Tickets       []customer.Ticket
	Activities    []customer.Activity
	Facts         []customer.Fact
	Refs          []customer.ExternalRef
	Claims        []identity.Claim
}

func (e *env) record(t *testing.T) record {
	t.Helper()
	ctx, all := t.Context(), customer.Filter{Page: customer.Page{Limit: customer.Everything}}
	r := record{
		Accounts: must(e.Accounts(ctx, all))(t), Contacts: must(e.Contacts(ctx, all))(t), Products: must(e.Products(ctx))(t),
		Relationships: must(e.Relationships(ctx, all))(t), Subscriptions: must(e.Subscriptions(ctx, all))(t), Tickets: must(e.Tickets(ctx, all))(t),
		Activities: must(e.Activities(ctx, all))(t), Facts: must(e.Facts(ctx, all))(t), Refs: must(e.ExternalRefs(ctx, "account", nil))(t),
	}
	var ids []id.Account
	for _, a := range r.Accounts {
		ids = append(ids, a.ID)
	}
	r.Claims = must(e.Claims(ctx, ids))(t)
	return r
}

var identityValues = []string{"", "a", "b", "c"}

// fillCompany draws three accounts of two systems with everything that they may have.
func (e *env) fillCompany(t *testing.T, draw *rapid.T, round int) []id.Account {
	t.Helper()
	name := func(what string, i int) string { return what + "_" + strconv.Itoa(round) + "_" + strconv.Itoa(i) }
	text := func(label string) string { return rapid.SampledFrom(identityValues).Draw(draw, label) }
	coin := func(label string) bool { return rapid.Bool().Draw(draw, label) }
	refs := []id.Account{id.Account(name("acc", 0)), id.Account(name("acc", 1)), id.Account(name("acc", 2))}
	day := func(label string) time.Time {
		return testfix.Day(2025, 1, 1+rapid.IntRange(0, 20).Draw(draw, label))
	}
	e.write(t, func(tx *sqlstore.Tx) error {
		ctx := t.Context()
		product := id.Product(name("prd", 0))
		if _, err := tx.PutProducts(ctx, []customer.Product{{ID: product, Key: name("core", 0), Name: "Core"}}); err != nil {
			return err
		}
		for i, ref := range refs {
			a := customer.Account{ID: ref, Name: "A" + text("name"), Domain: text("domain"), Since: day("since")}
			if i > 0 && coin("child") {
				a.ParentID = refs[i-1]
			}
			if coin("churned") {
				a.ChurnedAt = a.Since.AddDate(0, 1, 0)
			}
			if _, err := tx.PutAccounts(ctx, []customer.Account{a}); err != nil {
				return err
			}
			ext := []customer.ExternalRef{{Source: "s" + strconv.Itoa(i), Kind: "account", External: name("x", i), ObjectID: string(ref)}}
			if coin("second system") {
				ext = append(ext, customer.ExternalRef{Source: "crm", Kind: "account", External: name("c", i), ObjectID: string(ref)})
			}
			con := customer.Contact{ID: id.Contact(name("con", i)), AccountID: ref, Name: "P", Email: "p@" + text("mail") + ".example"}
			if _, err := tx.PutContacts(ctx, []customer.Contact{con}); err != nil {
				return err
			}
			if coin("crm contact") {
				ext = append(ext, customer.ExternalRef{Source: "crm", Kind: "contact", External: name("con", i), ObjectID: string(con.ID)})
			}
			if err := tx.PutExternalRefs(ctx, ext); err != nil {
				return err
			}
			if coin("product") {
				if _, err := tx.PutRelationships(ctx, []customer.Relationship{{ID: id.Relationship(name("rel", i)), AccountID: ref, ProductID: product, Since: a.Since}}); err != nil {
					return err
				}
			}
			if _, err := tx.PutTickets(ctx, []customer.Ticket{{ID: id.Ticket(name("tkt", i)), AccountID: ref, Subject: "s", State: customer.TicketOpen, OpenedAt: a.Since}}); err != nil {
				return err
			}
			var facts []customer.Fact
			var claims []identity.Claim
			for _, key := range []string{"plan", "size"} {
				for _, source := range []string{"crm", "s" + strconv.Itoa(i), "kept"} {
					if v := text("fact"); v != "" {
						facts = append(facts, customer.Fact{AccountID: ref, Key: key, Value: customer.TextValue(v), ValidFrom: day("from"), KnownAt: day("known"), Source: source})
						claims = append(claims, identity.Claim{Account: ref, Field: key, Source: source, Value: customer.TextValue(v)})
					}
				}
			}
			if _, err := tx.AddFacts(ctx, facts); err != nil {
				return err
			}
			if coin("claims") {
				if _, err := tx.Settle(ctx, claims); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return refs
}

// testMergeUndo merges and splits what rapid draws, in stacks, and takes it all
// back: nothing is left of it.
func testMergeUndo(t *testing.T, e *env) {
	round := 0
	rapid.Check(t, func(draw *rapid.T) {
		round++
		refs := e.fillCompany(t, draw, round)
		if rapid.Bool().Draw(draw, "order") {
			p := identity.Priorities{"": {"crm"}, "plan": {"s1", "s0"}, "name": {"s1"}}
			if _, err := e.SetPriorities(t.Context(), p, "usr_1"); err != nil {
				t.Fatal(err)
			}
		} else if _, err := e.SetPriorities(t.Context(), nil, "usr_1"); err != nil {
			t.Fatal(err)
		}
		before := e.record(t)
		e.clk.hour()
		var made []id.Merge
		var states []record
		for i := range rapid.IntRange(1, 3).Draw(draw, "steps") {
			states = append(states, e.record(t))
			keep, drop := refs[rapid.IntRange(0, 2).Draw(draw, "keep")], refs[rapid.IntRange(0, 2).Draw(draw, "drop")]
			var m identity.Merge
			var err error
			if rapid.Bool().Draw(draw, "split") {
				m, err = e.SplitAccount(t.Context(), keep, "crm", "Part "+strconv.Itoa(i), "usr_1", "")
			} else {
				m, err = e.MakeMerge(t.Context(), identity.Merge{Keep: keep, Drop: drop, UserID: "usr_1"})
			}
			if err != nil {
				if k := fault.KindOf(err); k != fault.Invalid && k != fault.NotFound && k != fault.Conflict {
					t.Fatalf("step %d: %v", i, err)
				}
				same(t, "the record after a refusal", e.record(t), states[len(states)-1])
				states = states[:len(states)-1]
				continue
			}
			made = append(made, m.ID)
			e.clk.hour()
		}
		for i, ref := range slices.Backward(made) {
			if _, err := e.UndoMerge(t.Context(), ref, "usr_2"); err != nil {
				t.Fatalf("undo: %v", err)
			}
			same(t, "the record after undoing a step", e.record(t), states[i])
			if _, err := e.UndoMerge(t.Context(), ref, "usr_2"); !fault.Is(err, fault.Conflict) {
				t.Fatalf("undo twice: %v", err)
			}
		}
		same(t, "the record after undoing everything", e.record(t), before)
	})
}

func testIdentity(t *testing.T, e *env) {
	ctx := t.Context()
	e.write(t, func(tx *sqlstore.Tx) error {
		for _, a := range []customer.Account{
			{ID: "acc_1", Name: "Acme GmbH", Domain: "acme.example", Since: start},
			{ID: "acc_2", Name: "ACME", Domain: "acme.example", Since: start.Add(time.Hour)},
			{ID: "acc_3", Name: "Globex", Since: start},
		} {
			if _, err := tx.PutAccounts(ctx, []customer.Account{a}); err != nil {
				return err
			}
		}
		return tx.PutExternalRefs(ctx, []customer.ExternalRef{
			{Source: "salesforce", Kind: "account", External: "001", ObjectID: "acc_1"},
			{Source: "stripe", Kind: "account", External: "cus_1", ObjectID: "acc_2"},
			{Source: "stripe", Kind: "account", External: "cus_3", ObjectID: "acc_3"},
		})
	})
	if n := must(e.ProposeMerges(ctx))(t); n != 1 {
		t.Fatalf("%d proposals", n)
	}
	p := must(e.Merges(ctx, identity.Proposed))(t)
	if len(p) != 1 || p[0].Keep != "acc_1" || p[0].Drop != "acc_2" || len(p[0].Reasons) != 2 {
		t.Fatalf("proposals: %+v", p)
	}
	if n := must(e.ProposeMerges(ctx))(t); n != 1 || must(e.Merges(ctx, ""))(t)[0].ID != p[0].ID {
		t.Errorf("proposing again makes another proposal")
	}
	// What a person rejects is not proposed again.
	must(e.RejectMerge(ctx, p[0].ID, "usr_1", "two companies"))(t)
	if n := must(e.ProposeMerges(ctx))(t); n != 0 {
		t.Errorf("a rejected pair is proposed again")
	}
	// A change of mind: merged after all.
	m := must(e.MakeMerge(ctx, identity.Merge{Keep: "acc_1", Drop: "acc_2", UserID: "usr_1", Note: "one after all"}))(t)
	if m.ID != p[0].ID || m.State != identity.Done {
		t.Errorf("merge: %+v", m)
	}
	if _, err := e.Account(ctx, "acc_2"); !fault.Is(err, fault.NotFound) {
		t.Errorf("the merged account: %v", err)
	}
	if got := must(e.Resolve(ctx, "stripe", "account", []string{"cus_1"}))(t); got["cus_1"] != "acc_1" {
		t.Errorf("its external id leads to %v", got)
	}
	// Stripe calls it differently: nobody ordered the systems, so the newest word counts,
	// and who says the same again says nothing new.
	settle := func(source, name string) bool {
		var yes []bool
		e.clk.hour()
		e.write(t, func(tx *sqlstore.Tx) (err error) {
			yes, err = tx.Settle(ctx, []identity.Claim{{Account: "acc_1", Field: identity.FieldName, Source: source, Value: customer.TextValue(name)}})
			return err
		})
		return yes[0]
	}
	if !settle("salesforce", "Acme AG") || settle("stripe", "ACME") || !settle("stripe", "Acme Inc") || settle("salesforce", "Acme AG") {
		t.Error("without an order the newest word does not win")
	}
	// With an order the first wins, and the record follows at once.
	n := must(e.SetPriorities(ctx, identity.Priorities{"name": {"salesforce", "stripe"}}, "usr_1"))(t)
	if got := must(e.Account(ctx, "acc_1"))(t); n != 1 || got.Name != "Acme AG" {
		t.Errorf("after ordering: %d changed, %q", n, got.Name)
	}
	if settle("stripe", "Acme Again") || !settle("salesforce", "Acme SE") {
		t.Error("the order does not decide")
	}
	same(t, "order", must(e.Priorities(ctx))(t), identity.Priorities{"name": {"salesforce", "stripe"}})
	if _, err := e.SetPriorities(ctx, identity.Priorities{"name": {"a", "a"}}, ""); !fault.Is(err, fault.Invalid) {
		t.Errorf("a system named twice: %v", err)
	}
	// One system alone costs and decides nothing.
	e.write(t, func(tx *sqlstore.Tx) error {
		yes, err := tx.Settle(ctx, []identity.Claim{{Account: "acc_3", Field: "name", Source: "stripe", Value: customer.TextValue("x")}})
		if !yes[0] || len(must(tx.Claims(ctx, []id.Account{"acc_3"}))(t)) != 0 {
			t.Errorf("an account of one system is contested")
		}
		return err
	})
	for name, err := range map[string]error{
		"with itself":   errOf(e.MakeMerge(ctx, identity.Merge{Keep: "acc_1", Drop: "acc_1"})),
		"with nobody":   errOf(e.MakeMerge(ctx, identity.Merge{Keep: "acc_1", Drop: "acc_none"})),
		"unknown undo":  errOf(e.UndoMerge(ctx, "mrg_none", "")),
		"only one left": errOf(e.SplitAccount(ctx, "acc_3", "stripe", "", "", "")),
		"not its own":   errOf(e.SplitAccount(ctx, "acc_3", "zendesk", "", "", "")),
		"rejected done": errOf(e.RejectMerge(ctx, m.ID, "", "")),
		"a bad state":   errOf(e.Merges(ctx, "what")),
	} {
		if err == nil || fault.Is(err, fault.Internal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	job := must(e.LeaseJobs(ctx, []string{identity.MoveJob}, e.clk.Now(), time.Minute, 10))(t)
	if len(job) != 1 || must(identity.JobMerge(job[0].Payload))(t) != m.ID {
		t.Errorf("the job that moves events: %+v", job)
	}
}
