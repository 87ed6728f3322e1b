package identity

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kept/internal/customer"
	"kept/internal/id"
)

func TestPropose(t *testing.T) {
	day := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	list := []Candidate{
		{ID: "acc_1", Name: "Acme GmbH", Domain: "acme.example", Sources: []string{"salesforce"}, Since: day},
		{ID: "acc_2", Name: "ACME", Domain: "www.acme.example", Sources: []string{"stripe"}, Since: day.AddDate(0, 1, 0)},
		{ID: "acc_3", Name: "Something else", Emails: []string{"acme.example", "gmail.com"}, Sources: []string{"zendesk"}, Since: day},
		{ID: "acc_4", Name: "Acme Ltd", Domain: "other.example", Sources: []string{"salesforce"}, Since: day},
		{ID: "acc_5", Name: "Private", Emails: []string{"gmail.com"}, Sources: []string{"stripe"}},
		{ID: "acc_6", Name: "Person", Emails: []string{"gmail.com"}, Sources: []string{"zendesk"}},
		{ID: "acc_7", Name: "Northwind Traders", External: []string{"crm-000815"}, Sources: []string{"product"}, Since: day},
		{ID: "acc_8", Name: "Nordwind", External: []string{"crm-000815", "1"}, Sources: []string{"hubspot", "stripe"}},
		{ID: "acc_9", Name: "Short id", External: []string{"1"}, Sources: []string{"product"}},
	}
	got := map[[2]id.Account]Proposal{}
	for _, p := range Propose(list) {
		got[[2]id.Account{p.Keep, p.Drop}] = p
		if p.Score < Least || p.Score >= 1 || len(p.Reasons) == 0 {
			t.Errorf("%+v", p)
		}
	}
	for _, want := range []struct {
		keep, drop id.Account
		rules      []Rule
		score      float64
	}{
		{"acc_1", "acc_2", []Rule{ByDomain, ByName}, 1 - (1-weightDomain)*(1-weightSameName)},
		{"acc_1", "acc_3", []Rule{ByEmail}, weightEmail},
		{"acc_3", "acc_2", []Rule{ByEmail}, weightEmail},
		{"acc_4", "acc_2", []Rule{ByName}, weightSameName},
		{"acc_8", "acc_7", []Rule{ByExternalID}, weightExternal},
	} {
		p, ok := got[[2]id.Account{want.keep, want.drop}]
		var rules []Rule
		for _, r := range p.Reasons {
			rules = append(rules, r.Rule)
		}
		if !ok || !slices.Equal(rules, want.rules) || math.Abs(p.Score-want.score) > 1e-12 {
			t.Errorf("%s and %s: %+v, want %v with %.3f", want.keep, want.drop, p, want.rules, want.score)
		}
		delete(got, [2]id.Account{want.keep, want.drop})
	}
	if len(got) != 0 {
		t.Errorf("proposed as well: %+v", got)
	}
}

// TestManyAlike makes sure that what everybody shares makes no pairs, and that a
// large list is no problem.
func TestManyAlike(t *testing.T) {
	var list []Candidate
	for i := range 20_000 {
		list = append(list, Candidate{ID: id.Account("acc_" + strconv.Itoa(i)), Name: "Customer " + strconv.Itoa(i), Domain: "shared.example", Sources: []string{"s" + strconv.Itoa(i%2)}})
	}
	start := time.Now()
	if got := Propose(list); len(got) > len(list) {
		t.Errorf("%d proposals", len(got))
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("20,000 accounts took %s", took)
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Acme, Inc.", "ACME", true},
		{"Müller GmbH & Co. KG", "Mueller and", true},
		{"The Acme Company", "acme", true},
		{"Acme Labs", "Labs Acme", true},
		{"S.A.P.", "SAP", true},
		{"Acme", "Acne", false},
		{"Inc", "Ltd", false},
		{"", "Acme", false},
	} {
		if got := Normal(c.a) == Normal(c.b); got != c.same {
			t.Errorf("%q is %q, %q is %q", c.a, Normal(c.a), c.b, Normal(c.b))
		}
	}
	if s := Similar(Normal("Northwind Traders"), Normal("Northwind Trader")); s < alike {
		t.Errorf("nearly equal names are %.2f alike", s)
	}
	if s := Similar(Normal("Northwind"), Normal("Contoso")); s > 0.2 {
		t.Errorf("different names are %.2f alike", s)
	}
}

func TestBelieve(t *testing.T) {
	jan, feb := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	claim := func(source, value string, at time.Time) Claim {
		c := Claim{Field: "name", Source: source, KnownAt: at}
		if value != "" {
			c.Value = customer.TextValue(value)
		}
		return c
	}
	order := Priorities{"": {"hubspot"}, "name": {"salesforce", "hubspot"}}
	for name, c := range map[string]struct {
		p      Priorities
		field  string
		claims []Claim
		source string
	}{
		"nobody speaks":           {order, "name", []Claim{claim("stripe", "", jan)}, ""},
		"one speaks":              {nil, "name", []Claim{claim("stripe", "A", jan)}, "stripe"},
		"the order counts":        {order, "name", []Claim{claim("stripe", "A", feb), claim("hubspot", "B", jan), claim("salesforce", "C", jan)}, "salesforce"},
		"the first says nothing":  {order, "name", []Claim{claim("salesforce", "", feb), claim("hubspot", "B", jan), claim("stripe", "A", feb)}, "hubspot"},
		"the general order":       {order, "domain", []Claim{claim("salesforce", "A", feb), claim("hubspot", "B", jan)}, "hubspot"},
		"no order: the newest":    {nil, "name", []Claim{claim("stripe", "A", jan), claim("hubspot", "B", feb)}, "hubspot"},
		"outside of it: newest":   {order, "name", []Claim{claim("stripe", "A", jan), claim("zendesk", "B", feb)}, "zendesk"},
		"a tie: the name decides": {nil, "name", []Claim{claim("stripe", "A", jan), claim("hubspot", "B", jan)}, "hubspot"},
	} {
		w, ok := c.p.Believe(c.field, c.claims)
		if w.Source != c.source || ok != (c.source != "") || ok && w.Why == "" {
			t.Errorf("%s: %+v, %t", name, w, ok)
		}
	}
}

// TestBelieveOrderless shuffles claims: the outcome stays.
func TestBelieveOrderless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		var claims []Claim
		for i := range n {
			claims = append(claims, Claim{
				Source: "s" + strconv.Itoa(i), Value: customer.TextValue(strconv.Itoa(rapid.IntRange(0, 2).Draw(t, "v"))),
				KnownAt: time.Unix(int64(rapid.IntRange(0, 3).Draw(t, "at")), 0),
			})
		}
		p := Priorities{"": {"s1", "s4"}}
		want, _ := p.Believe("x", claims)
		mixed := slices.Clone(claims)
		r := rand.New(rand.NewPCG(1, uint64(n))) //nolint:gosec // a test
		r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if got, _ := p.Believe("x", mixed); got != want {
			t.Fatalf("%+v and %+v", got, want)
		}
	})
}
