package sqlstoretest

import (
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/maturity"
	"kept/internal/sqlstore"
)

func testMaturity(t *testing.T, e *env) {
	rating := sqlstore.MaturityRating{ID: "rat_1", Rater: "usr_1", Answers: maturity.Answers{1: 2, 9: maturity.NotApplicable}, Notes: map[int]string{1: "since May"}}
	one := must(e.AddMaturityRating(t.Context(), rating))(t)
	if !one.RatedAt.Equal(start) || one.Questionnaire != maturity.Questionnaire {
		t.Errorf("stored as %+v", one)
	}
	if _, err := e.AddMaturityRating(t.Context(), rating); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second rating with one id: %v", err)
	}
	e.clk.hour()
	two := must(e.AddMaturityRating(t.Context(), sqlstore.MaturityRating{ID: "rat_2", Rater: "usr_1", Answers: maturity.Answers{1: 3}}))(t)
	same(t, "ratings", must(e.MaturityRatings(t.Context(), start.Add(time.Hour)))(t), []sqlstore.MaturityRating{one, two})
	same(t, "ratings of then", must(e.MaturityRatings(t.Context(), start))(t), []sqlstore.MaturityRating{one})
	for what, answers := range map[string]maturity.Answers{"none": {}, "no anchor": {1: 7}, "no question": {99: 1}} {
		if _, err := e.AddMaturityRating(t.Context(), sqlstore.MaturityRating{ID: "rat_3", Answers: answers}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}

	peer := func(contributor, day string, overall float64) maturity.Peer {
		return maturity.Peer{Contributor: contributor, Size: "<10m", ACV: "<5k", Day: day, Overall: overall, Dimensions: map[string]float64{"health": overall}}
	}
	file := func(peers ...maturity.Peer) *maturity.Exchange {
		return &maturity.Exchange{Format: maturity.ExchangeFormat, Questionnaire: maturity.Questionnaire, Peers: peers}
	}
	if err := e.PutMaturityPeers(t.Context(), file(peer("b", "2026-05-01", 10), peer("a", "2026-05-01", 20))); err != nil {
		t.Fatal(err)
	}
	// What is newer replaces, what is older does not.
	if err := e.PutMaturityPeers(t.Context(), file(peer("a", "2026-06-01", 30), peer("b", "2026-04-01", 90))); err != nil {
		t.Fatal(err)
	}
	same(t, "peers", must(e.MaturityPeers(t.Context()))(t), []maturity.Peer{peer("a", "2026-06-01", 30), peer("b", "2026-05-01", 10)})
	if err := e.PutMaturityPeers(t.Context(), file(peer("c", "2026-06-01", 30), peer("d", "2026-06-01", 101))); !fault.Is(err, fault.Invalid) {
		t.Errorf("a bad file: %v", err)
	}
	if n := len(must(e.MaturityPeers(t.Context()))(t)); n != 2 {
		t.Errorf("half of a bad file was stored: %d peers", n)
	}
	if err := e.DeleteMaturityPeers(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(must(e.MaturityPeers(t.Context()))(t)); n != 0 {
		t.Errorf("%d peers are left", n)
	}
}
