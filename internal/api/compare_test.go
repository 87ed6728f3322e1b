package api

import (
	"math"
	"net/http"
	"strings"
	"testing"

	"kept/internal/health"
	"kept/internal/model"
)

// TestComparisonAddsUp: cells add up to states, states to sides, and the accounts
// behind each cell are as many as it says.
func TestComparisonAddsUp(t *testing.T) {
	s := newSite(t, 60)
	c := call[PortfolioComparison](s, http.MethodGet, "/health/compare?compare_to=2025-12-01", nil, http.StatusOK)
	from, to := map[string]int{}, map[string]int{}
	for _, cell := range c.Cells {
		from[cell.From] += cell.Accounts
		to[cell.To] += cell.Accounts
		page := call[MovePage](s, http.MethodGet, "/health/compare/accounts?compare_to=2025-12-01&limit=500&from="+cell.From+"&to="+cell.To, nil, http.StatusOK)
		if page.Total != int64(cell.Accounts) || len(page.Items) != cell.Accounts {
			t.Errorf("%s → %s has %d accounts, the list %d", cell.From, cell.To, cell.Accounts, page.Total)
		}
		arr := cell.ARRAfter.Minor
		if cell.To == goneKey {
			arr = cell.ARRBefore.Minor
		}
		if page.Count.ARR.Minor != arr {
			t.Errorf("%s → %s: the list has %d of ARR, want %d", cell.From, cell.To, page.Count.ARR.Minor, arr)
		}
		for _, m := range page.Items {
			if m.Before.State != cell.From || m.After.State != cell.To {
				t.Errorf("%s went %s → %s and stands in %s → %s", m.Name, m.Before.State, m.After.State, cell.From, cell.To)
			}
		}
	}
	before, after := 0, 0
	for _, st := range c.States {
		if st.Before.Accounts != from[st.Key] || st.After.Accounts != to[st.Key] {
			t.Errorf("state %s has %d and %d, its cells %d and %d", st.Key, st.Before.Accounts, st.After.Accounts, from[st.Key], to[st.Key])
		}
		if st.Kind != newKey {
			before += st.Before.Accounts
		}
		if st.Kind != goneKey {
			after += st.After.Accounts
		}
	}
	if before != c.Before.Accounts || after != c.After.Accounts || after == 0 {
		t.Errorf("the sides have %d and %d accounts, the states %d and %d", c.Before.Accounts, c.After.Accounts, before, after)
	}
	if !strings.HasPrefix(c.Sentence, "Since 1 December 2025") {
		t.Errorf("the sentence is %q", c.Sentence)
	}
	if home := call[Portfolio](s, http.MethodGet, "/portfolio", nil, http.StatusOK); home.Totals.Accounts != after || home.Totals.ARR != c.After.ARR {
		t.Errorf("Home has %d accounts with %v, the comparison %d with %v", home.Totals.Accounts, home.Totals.ARR, after, c.After.ARR)
	}
}

// TestMovesAddUp: the causes of a move add up to it, and both ends are what the
// account's own page says.
func TestMovesAddUp(t *testing.T) {
	s := newSite(t, 60)
	page := call[MovePage](s, http.MethodGet, "/health/compare/accounts?compare_to=2026-01-15&sort=delta&limit=20", nil, http.StatusOK)
	checked := 0
	last := math.Inf(-1)
	for _, m := range page.Items {
		if m.Delta == nil {
			continue
		}
		if *m.Delta < last {
			t.Errorf("%s with %v comes after %v", m.Name, *m.Delta, last)
		}
		last = *m.Delta
		sum := 0.0
		for _, c := range m.Causes {
			sum += c.Points
		}
		// Causes below half a hundredth are left out.
		if math.Abs(sum-*m.Delta) > 0.06 {
			t.Errorf("%s: causes add up to %v, want %v: %+v", m.Name, sum, *m.Delta, m.Causes)
		}
		h := call[AccountHealth](s, http.MethodGet, "/accounts/"+string(m.ID)+"/health?compare_to=2026-01-15", nil, http.StatusOK)
		if h.Change.Delta == nil || *h.Change.Delta != *m.Delta || h.Sentence != m.Sentence {
			t.Errorf("%s: the list says %v %q, the account %v %q", m.Name, *m.Delta, m.Sentence, h.Change.Delta, h.Sentence)
		}
		checked++
	}
	if checked < 10 {
		t.Errorf("only %d moves were compared", checked)
	}
	for _, bad := range []string{"compare_to=2030-01-01", "compare_to=soon", "scorecard=none_such", "from=mauve", "sort=size", "segment=&filter=nonsense+%3D%3D"} {
		if w := s.request(http.MethodGet, basePath+"/health/compare/accounts?"+bad, adminToken, nil); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s = %d %s, want 422", bad, w.Code, w.Body)
		}
	}
}

// TestDistribution: every customer is in one bin or without a score, whatever the
// accounts are grouped by.
func TestDistribution(t *testing.T) {
	s := newSite(t, 60)
	want := call[Portfolio](s, http.MethodGet, "/portfolio", nil, http.StatusOK).Totals
	for _, query := range []string{"", "?by=scorecard", "?by=segment", "?width=10&compare_to=2025-12-15"} {
		d := call[ScoreDistribution](s, http.MethodGet, "/health/distribution"+query, nil, http.StatusOK)
		n, arr := 0, int64(0)
		for _, g := range d.Groups {
			inBins, before := 0, 0
			for _, b := range g.Bins {
				inBins += b.Accounts
				before += b.Before
			}
			if inBins != g.Spread.Scored {
				t.Errorf("%s %s: the bins have %d accounts, want %d", query, g.Key, inBins, g.Spread.Scored)
			}
			if g.Before != nil && before != g.Before.Scored || (g.Before != nil) != strings.Contains(query, "compare_to") {
				t.Errorf("%s %s: before are %d, want %+v", query, g.Key, before, g.Before)
			}
			n += g.Spread.Scored + g.Spread.Unscored
			arr += g.ARR.Minor
		}
		if n != want.Accounts || arr != want.ARR.Minor {
			t.Errorf("%s: %d accounts with %d, want %d with %d", query, n, arr, want.Accounts, want.ARR.Minor)
		}
	}
	if w := s.request(http.MethodGet, basePath+"/health/distribution?scorecard=none_such", adminToken, nil); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown scorecard = %d, want 422", w.Code)
	}
}

// TestGridAnywhere: any place of the grid is what paging to it shows, and a
// measure sorts by its score.
func TestGridAnywhere(t *testing.T) {
	s := newSite(t, 40)
	whole := call[Grid](s, http.MethodGet, "/health/grid?limit=500&sort=-score,name", nil, http.StatusOK)
	part := call[Grid](s, http.MethodGet, "/health/grid?limit=7&offset=11&sort=-score,name", nil, http.StatusOK)
	if len(part.Items) != 7 || part.Total != whole.Total {
		t.Fatalf("%d rows of %d, want 7 of %d", len(part.Items), part.Total, whole.Total)
	}
	for i := range part.Items {
		if got, want := part.Items[i].Account.ID, whole.Items[11+i].Account.ID; got != want {
			t.Errorf("row %d is %s, want %s", 11+i, got, want)
		}
	}
	card, measure := whole.Scorecard.Key, whole.Measures[0].Key
	by := call[Grid](s, http.MethodGet, "/health/grid?limit=500&scorecard="+card+"&sort=-measure:"+measure, nil, http.StatusOK)
	last, missing, scored := math.Inf(1), false, 0
	for _, row := range by.Items {
		switch score := row.Cells[0].Score; {
		case score == nil:
			missing = true
		case missing || *score > last:
			t.Errorf("%s with %v comes after %v", row.Account.Name, *score, last)
		default:
			last = *score
			scored++
		}
	}
	if scored == 0 || len(by.Items) != len(whole.Items) {
		t.Errorf("%d rows, %d with a score", len(by.Items), scored)
	}
	for _, bad := range []string{"sort=measure:" + measure, "sort=measure:x/y", "scorecard=" + card + "&sort=measure:none", "offset=3&cursor=x", "offset=-1"} {
		if w := s.request(http.MethodGet, basePath+"/health/grid?"+bad, adminToken, nil); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s = %d, want 422", bad, w.Code)
		}
	}
}

// TestHierarchy: whoever has children is listed with them, and what is below adds up.
func TestHierarchy(t *testing.T) {
	s := newSite(t, 60)
	found := 0
	for _, a := range s.company.Accounts() {
		if a.ParentID == "" {
			continue
		}
		found++
		up := call[Hierarchy](s, http.MethodGet, "/accounts/"+string(a.ID)+"/hierarchy", nil, http.StatusOK)
		if len(up.Path) == 0 || up.Path[len(up.Path)-1].ID != string(a.ParentID) {
			t.Errorf("%s: the path is %v, want %s at its end", a.Name, up.Path, a.ParentID)
		}
		h := call[Hierarchy](s, http.MethodGet, "/accounts/"+string(a.ParentID)+"/hierarchy", nil, http.StatusOK)
		root, sum := h.Nodes[0], int64(0)
		for _, n := range h.Nodes {
			if n.ARR != nil {
				sum += n.ARR.Minor
			}
		}
		if root.Below != len(h.Nodes)-1 || root.ARRTotal.Minor != sum || h.ARR.Minor != sum || h.Accounts != len(h.Nodes) {
			t.Errorf("%s: %d below with %v, want %d with %d", root.Name, root.Below, root.ARRTotal, len(h.Nodes)-1, sum)
		}
	}
	if found == 0 {
		t.Fatal("the sample company has no child accounts")
	}
}

// TestHierarchyRolls: under a rule, the points of the children and the account's
// own add up to its score.
func TestHierarchyRolls(t *testing.T) {
	s := newSite(t, 60)
	m, err := model.Parse([]model.File{{Path: "m.yaml", Data: []byte(defaultModel(t))}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Scorecards {
		m.Scorecards[i].Hierarchy = &health.Rolling{Rule: health.MeanWithParent}
	}
	compiled, err := m.Compile()
	if err != nil {
		t.Fatal(err)
	}
	s.server.opt.Engine.SetModel(2, compiled)
	checked := 0
	for _, a := range s.company.Accounts() {
		if a.ParentID == "" {
			continue
		}
		h := call[Hierarchy](s, http.MethodGet, "/accounts/"+string(a.ParentID)+"/hierarchy", nil, http.StatusOK)
		rule := h.Nodes[0].Rule
		if rule == nil {
			continue // none of the children has a score
		}
		sum := rule.OwnPoints
		for _, n := range h.Nodes[1:] {
			if n.ParentID == h.Nodes[0].ID && n.Points != nil {
				sum += *n.Points
			}
		}
		if !h.RollsUp || math.Abs(sum-rule.Score) > 1e-9 {
			t.Errorf("%s: the parts add up to %v, want %v", h.Nodes[0].Name, sum, rule.Score)
		}
		for _, r := range h.Rules {
			if r.InForce && (r.Key != string(health.MeanWithParent) || r.Score == nil || math.Abs(*r.Score-rule.Score) > 1e-6) {
				t.Errorf("%s: the rule in force is %+v, want %v", h.Nodes[0].Name, r, rule)
			}
		}
		checked++
	}
	if checked == 0 {
		t.Fatal("no account rolls up")
	}
}
