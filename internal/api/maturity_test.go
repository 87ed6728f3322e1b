package api

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"kept/internal/access"
	"kept/internal/maturity"
)

// tokenOf gives a token to a new user of the role.
func (s *site) tokenOf(email, name string, role access.Role) string {
	s.t.Helper()
	by := access.Principal{Kind: access.Token, Name: "test", Role: access.Admin}
	u := must[access.User](s.t)(s.users.CreateUser(s.t.Context(), by, access.NewUser{Email: email, Name: name, Role: role}))
	secret, _, err := s.users.CreateToken(s.t.Context(), access.Principal{Kind: access.Session, Name: name, UserID: u.ID, Role: role}, access.NewToken{Name: name, Role: role})
	if err != nil {
		s.t.Fatal(err)
	}
	return secret
}

func TestMaturity(t *testing.T) {
	s := newSite(t, 12)
	ada, ben := s.tokenOf("ada@k.example", "Ada", access.CSM), s.tokenOf("ben@k.example", "Ben", access.Leader)
	none := call[Maturity](s, http.MethodGet, "/maturity", nil, 200)
	if len(none.Questionnaire) != 9 || none.Company.Overall != nil || len(none.Raters) != 0 || len(none.History) != 0 {
		t.Errorf("before anybody rated: %+v", none.Company)
	}
	if len(none.Seen) != 2 || !strings.Contains(none.Seen[1].Words, "scorecard") {
		t.Errorf("seen: %+v", none.Seen)
	}
	answers := func(v int) map[string]int {
		a := map[string]int{}
		for _, d := range none.Questionnaire {
			for _, q := range d.Questions {
				a[strconv.Itoa(q.Number)] = v
			}
		}
		return a
	}
	rate := func(token string, body map[string]any, status int) string {
		t.Helper()
		w := s.request(http.MethodPost, basePath+"/maturity/ratings", token, body)
		if w.Code != status {
			t.Fatalf("rate = %d, want %d: %s", w.Code, status, w.Body)
		}
		return w.Body.String()
	}
	rate(ada, map[string]any{"answers": answers(2), "notes": map[string]string{"1": "since May"}}, http.StatusCreated)
	high := answers(2)
	high["4"], high["5"], high["6"] = 0, 0, -1
	rate(ben, map[string]any{"answers": high}, http.StatusCreated)
	got := call[Maturity](s, http.MethodGet, "/maturity", nil, 200)
	// Health is the mean of 66.7 and 0, so it is Informed, and all may be Proactive.
	health := got.Company.Dimensions[1]
	if health.Level != 2 || got.Company.Level != 3 || len(got.Raters) != 2 {
		t.Errorf("company %+v, health %+v", got.Company, health)
	}
	for _, r := range got.Raters {
		if want := map[string]string{"Ada": "since May", "Ben": ""}; r.Notes["1"] != want[r.User.Name] || r.User.Name == "" {
			t.Errorf("%q says %q", r.User.Name, r.Notes["1"])
		}
	}
	if len(got.Gaps) != 2 || got.Gaps[0].Question != 4 || len(got.History) != 1 || got.History[0].Raters != 2 {
		t.Errorf("gaps %+v, history %+v", got.Gaps, got.History)
	}
	if len(got.Next) == 0 || got.Next[0].Dimension != "segmentation" && got.Next[0].Dimension != "health" {
		t.Errorf("next %+v", got.Next)
	}
	if !strings.Contains(got.Peers.Words, "no peers") {
		t.Errorf("peers %+v", got.Peers)
	}
	// A day before anybody rated knows nothing of it.
	if then := call[Maturity](s, http.MethodGet, "/maturity?as_of=2026-02-01", nil, 200); len(then.Raters) != 0 {
		t.Errorf("a past day has %d raters", len(then.Raters))
	}

	for what, c := range map[string]struct {
		token  string
		body   map[string]any
		status int
		words  string
	}{
		"no person":        {s.tokens[access.CSM], map[string]any{"answers": answers(1)}, 403, "a person's"},
		"a viewer":         {s.tokenOf("v@k.example", "Vi", access.Viewer), map[string]any{"answers": answers(1)}, 403, ""},
		"unknown question": {ada, map[string]any{"answers": map[string]int{"21": 1}}, 422, "answers.21"},
		"no number":        {ada, map[string]any{"answers": map[string]int{"x": 1}}, 422, "answers.x"},
		"no anchor":        {ada, map[string]any{"answers": map[string]int{"1": 9}}, 422, "answers.1"},
		"nothing":          {ada, map[string]any{"answers": map[string]int{}}, 422, "answer one"},
		"long words":       {ada, map[string]any{"answers": map[string]int{"1": 1}, "notes": map[string]string{"1": strings.Repeat("x", 2001)}}, 422, "notes.1"},
	} {
		if text := rate(c.token, c.body, c.status); !strings.Contains(text, c.words) {
			t.Errorf("%s: %s", what, text)
		}
	}
	if n := len(call[Maturity](s, http.MethodGet, "/maturity", nil, 200).Raters); n != 2 {
		t.Errorf("%d raters after refused ones", n)
	}
}

func TestMaturityExchange(t *testing.T) {
	s := newSite(t, 12)
	if w := s.request(http.MethodGet, basePath+"/maturity/exchange", adminToken, nil); w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "nobody has rated") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	answers := map[string]int{}
	for _, d := range maturity.Dimensions() {
		answers[strconv.Itoa(d.Questions[0].Number)] = 1
	}
	w := s.request(http.MethodPost, basePath+"/maturity/ratings", s.tokenOf("ada@k.example", "Ada", access.CSM), map[string]any{"answers": answers})
	if w.Code != http.StatusCreated {
		t.Fatal(w.Body)
	}
	if w := s.request(http.MethodPut, basePath+"/maturity/stage", adminToken, map[string]any{"stage": "unicorn"}); w.Code != 422 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	call[struct{}](s, http.MethodPut, "/maturity/stage", map[string]any{"stage": "growing"}, http.StatusNoContent)
	own := call[maturity.Exchange](s, http.MethodGet, "/maturity/exchange", nil, 200)
	again := call[maturity.Exchange](s, http.MethodGet, "/maturity/exchange", nil, 200)
	if len(own.Peers) != 1 || own.Peers[0].Contributor == "" || own.Peers[0].Contributor != again.Peers[0].Contributor || own.Peers[0].Stage != "growing" {
		t.Fatalf("%+v, again %+v", own, again)
	}
	if err := own.Check(); err != nil {
		t.Errorf("Kept does not read what it gives: %v", err)
	}
	// Five others and oneself, who is left out.
	x := own
	for i := range 5 {
		p := own.Peers[0]
		p.Contributor, p.Overall = string(rune('a'+i)), float64(i*20)
		x.Peers = append(x.Peers, p)
	}
	answer := call[PeersAnswer](s, http.MethodPost, "/maturity/peers", x, 200)
	if answer.Read != 6 || answer.Known != 6 {
		t.Errorf("%+v", answer)
	}
	c := call[Maturity](s, http.MethodGet, "/maturity", nil, 200).Peers
	// Own overall is 33.3: above 0 and 20.
	if c.Cell != 5 || len(c.Standings) != 10 || *c.Standings[0].Percentile != 40 || *c.Standings[0].Median != 40 {
		t.Errorf("%+v", c)
	}
	x.Peers[2].Overall = 300
	if w := s.request(http.MethodPost, basePath+"/maturity/peers", adminToken, x); w.Code != 422 || !strings.Contains(w.Body.String(), "peers[2].overall") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	call[struct{}](s, http.MethodDelete, "/maturity/peers", nil, http.StatusNoContent)
	if c := call[Maturity](s, http.MethodGet, "/maturity", nil, 200).Peers; c.Peers != 0 {
		t.Errorf("%d peers are left", c.Peers)
	}
}
