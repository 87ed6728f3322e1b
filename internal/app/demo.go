package app

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kept/internal/access"
	"kept/internal/config"
	"kept/internal/customer"
	"kept/internal/evaluate"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/simulate"
	"kept/internal/usage"
)

type demoCmd struct {
	config.Stores
	config.Server
	Accounts int    `default:"400" help:"Accounts of the sample company."`
	Months   int    `default:"24" help:"Months of history."`
	Seed     uint64 `default:"1" help:"Seed: the same one makes the same company."`
	Password string `env:"KEPT_DEMO_PASSWORD" placeholder:"SECRET" help:"Password of demo@kept.example; drawn and printed when absent."`
	Reset    bool   `help:"Make the company anew even if there is one."`
	NoServe  bool   `name:"no-serve" help:"Make the company and do not serve it."`
}

const demoEmail = "demo@kept.example"

// demoSetting holds the parameters a demo directory was made with.
const demoSetting = "demo.parameters"

type demoParameters struct {
	Accounts int    `json:"accounts"`
	Months   int    `json:"months"`
	Seed     uint64 `json:"seed"`
	Complete bool   `json:"complete"`
}

// Run makes the sample company where there is none, and serves it.
func (c *demoCmd) Run(ctx context.Context, e *env) error {
	given := c.Data != ""
	if err := c.Stores.Resolve(e.getenv); err != nil {
		return err
	}
	if err := c.Server.Resolve(); err != nil {
		return err
	}
	if !given {
		c.Data = filepath.Join(c.Data, "demo")
	}
	if c.DatabaseURL != "" {
		return fault.At("--database-url", "the demo keeps its records in SQLite: leave it out")
	}
	want := demoParameters{Accounts: c.Accounts, Months: c.Months, Seed: c.Seed, Complete: true}
	if c.Reset {
		if err := removeDemo(c.Data); err != nil {
			return err
		}
	}
	return e.with(ctx, &c.Stores, func(in *instance) error {
		fresh, err := e.prepareDemo(ctx, in, want)
		if err != nil {
			return err
		}
		password, err := e.demoUser(ctx, in, c.Password)
		if err != nil {
			return err
		}
		if !fresh {
			tell(e.Err, "Using the sample company in %s (--reset makes a new one).\n", in.dir)
		}
		if c.CompanyName == "Kept" {
			c.CompanyName = "Northlight (sample company)"
		}
		signIn := func(url string) {
			tell(e.Err, "\nKept is at   %s\nSign in as   %s\nPassword     %s\n\nCtrl-C stops it.\n\n", url, demoEmail, password)
		}
		if c.NoServe {
			tell(e.Err, "Sign in as %s with the password %s\n", demoEmail, password)
			return nil
		}
		return e.serve(ctx, in, &c.Server, signIn)
	})
}

// removeDemo deletes the files of a demo and nothing else: a directory without
// our files in it stays as it is.
func removeDemo(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, recordsFile)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	marker := filepath.Join(dir, demoMarker)
	if _, err := os.Stat(marker); err != nil {
		return fault.At("--reset", "%s was not made by kept demo: choose another directory, or delete it yourself", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fault.Wrap(err, "read the demo's directory")
	}
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
			return fault.Wrap(err, "delete the old demo")
		}
	}
	return nil
}

// demoMarker says that a directory may be deleted by --reset.
const demoMarker = "made-by-kept-demo"

// prepareDemo loads the company unless the directory has it already.
func (e *env) prepareDemo(ctx context.Context, in *instance, want demoParameters) (fresh bool, err error) {
	text, known, err := in.records.Setting(ctx, demoSetting)
	if err != nil {
		return false, err
	}
	var have demoParameters
	if known && json.Unmarshal([]byte(text), &have) == nil && have == want {
		return false, nil
	}
	n, err := in.records.CountAccounts(ctx)
	if err != nil {
		return false, err
	}
	if n > 0 {
		return false, fault.At("--data", "%s holds other data already: use --reset, or choose another directory", in.dir)
	}
	if err := os.WriteFile(filepath.Join(in.dir, demoMarker), []byte("kept demo --reset deletes this directory's content\n"), 0o600); err != nil {
		return false, fault.Wrap(err, "mark the directory as a demo")
	}
	company, err := simulate.New(simulate.Config{Accounts: want.Accounts, Months: want.Months, Seed: want.Seed, End: e.clock.Now().UTC().Truncate(24 * time.Hour)})
	if err != nil {
		return false, flagged(err)
	}
	if err := e.loadCompany(ctx, in, company); err != nil {
		return false, err
	}
	if err := e.backfill(ctx, in, company); err != nil {
		return false, err
	}
	raw, err := json.Marshal(want)
	if err != nil {
		return false, fault.Wrap(err, "write the demo's parameters")
	}
	return true, in.records.PutSetting(ctx, demoSetting, string(raw))
}

// flagged turns the field of a configuration error into a flag.
func flagged(err error) error {
	var fe *fault.Error
	if errors.As(err, &fe) && fe.Kind == fault.Invalid && fe.Field != "" && !strings.HasPrefix(fe.Field, "--") {
		return fault.At("--"+fe.Field, "%s", fe.Msg)
	}
	return err
}

// roleOf maps the sample company's jobs to what they may do here.
var roleOf = map[string]access.Role{"admin": access.Operator, "leader": access.Leader, "csm": access.CSM, "support": access.CSM, "sales": access.Viewer}

// recordBatch is how many accounts are written in one transaction, eventBatch
// how many events are appended at once.
const (
	recordBatch = 100
	eventBatch  = 100_000
)

// loadCompany writes records, then events.
func (e *env) loadCompany(ctx context.Context, in *instance, c *simulate.Company) error {
	users := c.Users()
	for i := range users {
		u := &users[i]
		role := roleOf[u.Role]
		if role == "" {
			role = access.Viewer
		}
		row := access.User{ID: u.ID, Email: strings.ToLower(u.Email), Name: u.Name, Role: role, Department: u.Department, Disabled: !u.LeftAt.IsZero(), CreatedAt: u.Since, UpdatedAt: e.clock.Now()}
		if err := in.records.PutUser(ctx, row); err != nil {
			return err
		}
	}
	accounts := parentsFirst(c.Accounts())
	b := e.bar("Accounts and their records", "accounts")
	for from := 0; from < len(accounts); from += recordBatch {
		part := accounts[from:min(from+recordBatch, len(accounts))]
		err := in.records.InTx(ctx, func(tx customer.Tx) error {
			if from == 0 {
				if _, err := tx.PutProducts(ctx, c.Products()); err != nil {
					return err
				}
			}
			return putAccounts(ctx, tx, part)
		})
		if err != nil {
			return err
		}
		b.set(int64(from+len(part)), int64(len(accounts)))
	}
	b.done(int64(len(accounts)))
	return e.loadEvents(ctx, in, c)
}

// parentsFirst orders accounts so that none comes before its parent.
func parentsFirst(accounts []simulate.Account) []simulate.Account {
	out := make([]simulate.Account, 0, len(accounts))
	placed := map[id.Account]bool{"": true}
	for len(out) < len(accounts) {
		before := len(out)
		for i := range accounts {
			if a := &accounts[i]; !placed[a.ID] && placed[a.ParentID] {
				placed[a.ID] = true
				out = append(out, *a)
			}
		}
		if len(out) == before {
			return accounts // a circle: the store says which
		}
	}
	return out
}

func putAccounts(ctx context.Context, tx customer.Tx, part []simulate.Account) error {
	var (
		accounts      []customer.Account
		contacts      []customer.Contact
		relationships []customer.Relationship
		subscriptions []customer.Subscription
		tickets       []customer.Ticket
		activities    []customer.Activity
		facts         []customer.Fact
		refs          []customer.ExternalRef
	)
	for i := range part {
		a := &part[i]
		accounts = append(accounts, a.Account)
		contacts = append(contacts, a.Contacts...)
		relationships = append(relationships, a.Relationships...)
		subscriptions = append(subscriptions, a.Subscriptions...)
		tickets = append(tickets, a.Tickets...)
		activities = append(activities, a.Activities...)
		facts = append(facts, a.Facts...)
		refs = append(refs, customer.ExternalRef{Source: "sample", Kind: "account", External: a.External, ObjectID: string(a.ID)})
	}
	for _, put := range []func() error{
		func() error { _, err := tx.PutAccounts(ctx, accounts); return err },
		func() error { _, err := tx.PutContacts(ctx, contacts); return err },
		func() error { _, err := tx.PutRelationships(ctx, relationships); return err },
		func() error { _, err := tx.PutSubscriptions(ctx, subscriptions); return err },
		func() error { _, err := tx.PutTickets(ctx, tickets); return err },
		func() error { _, err := tx.PutActivities(ctx, activities); return err },
		func() error { _, err := tx.AddFacts(ctx, facts); return err },
		func() error { return tx.PutExternalRefs(ctx, refs) },
	} {
		if err := put(); err != nil {
			return err
		}
	}
	return nil
}

// loadEvents makes events up in one goroutine and stores them in another.
func (e *env) loadEvents(ctx context.Context, in *instance, c *simulate.Company) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	b := e.bar("Events", "events")
	batches := make(chan []usage.Event, 2)
	failed := make(chan error, 1)
	go func() {
		defer close(batches)
		batch := make([]usage.Event, 0, eventBatch)
		send := func() error {
			select {
			case batches <- batch:
				batch = make([]usage.Event, 0, eventBatch)
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		for i := range c.Accounts() {
			err := c.Events(i, func(ev usage.Event) error {
				if batch = append(batch, ev); len(batch) == eventBatch {
					return send()
				}
				return nil
			})
			if err != nil {
				failed <- err
				return
			}
		}
		failed <- send()
	}()
	total := c.Config().EventsTarget
	stored := int64(0)
	for batch := range batches {
		res, err := in.events.Append(ctx, batch)
		if err != nil {
			return err
		}
		stored += int64(res.Stored)
		b.set(stored, total)
	}
	if err := <-failed; err != nil {
		return err
	}
	b.done(stored)
	return nil
}

// backfill records what the scores would have been, week by week.
func (e *env) backfill(ctx context.Context, in *instance, c *simulate.Company) error {
	b := e.bar("Weekly evaluations", "weeks")
	if err := in.load(ctx); err != nil {
		return err
	}
	var weeks []time.Time
	end := c.Config().End
	for t := c.Start().AddDate(0, 0, 28); !t.After(end); t = t.AddDate(0, 0, 7) {
		weeks = append(weeks, t)
	}
	_, err := in.engine.RecordEvaluations(ctx, weeks, evaluate.Backfill, func(done, total int) { b.set(int64(done), int64(total)) })
	if err != nil {
		return err
	}
	b.done(int64(len(weeks)))
	return nil
}

// demoUser makes sure that the demo's user exists with a known password, and
// gives it a portfolio: that of nobody is empty.
func (e *env) demoUser(ctx context.Context, in *instance, password string) (string, error) {
	if password == "" {
		var err error
		if password, err = secretWord(16); err != nil {
			return "", err
		}
	}
	users, err := in.access(e, "")
	if err != nil {
		return "", err
	}
	by := access.Principal{Kind: access.Token, Name: "kept demo", Role: access.Admin}
	u, err := in.records.UserByEmail(ctx, demoEmail)
	if fault.Is(err, fault.NotFound) {
		_, err = users.CreateUser(ctx, by, access.NewUser{Email: demoEmail, Name: "Demo Admin", Role: access.Admin, Password: password})
		return password, flagged(err)
	}
	if err != nil {
		return "", err
	}
	return password, flagged(users.ChangePassword(ctx, by, u.ID, "", password))
}
