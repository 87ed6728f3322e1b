package api

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"

	"kept/internal/evaluate"
	"kept/internal/health"
	"kept/internal/id"
	"kept/internal/money"
)

func (s *Server) hierarchyRoutes() {
	get(s, endpoint{id: "get-account-hierarchy", method: http.MethodGet, path: "/accounts/{id}/hierarchy", tag: "accounts", need: canRead, summary: "The accounts below an account, and how their scores enter its own"}, s.hierarchy)
}

// Bounds of a hierarchy: the levels that scores follow, and what a page can show.
const (
	maxLevels = 8
	maxNodes  = 2000
)

// HierarchyNode is an account in a hierarchy.
type HierarchyNode struct {
	ID       id.Account    `json:"id"`
	Name     string        `json:"name"`
	ParentID id.Account    `json:"parent_id,omitempty" doc:"Empty for the account that was asked for."`
	Depth    int           `json:"depth"`
	Owner    *Ref          `json:"owner,omitempty"`
	Status   string        `json:"status" enum:"active,trial,churned,inactive"`
	Score    *float64      `json:"score"`
	Band     *BandChip     `json:"band,omitempty"`
	Stale    bool          `json:"stale"`
	Override bool          `json:"overridden"`
	Delta30  *float64      `json:"delta_30"`
	ARR      *money.Amount `json:"arr,omitempty"`
	// Below counts the accounts below it, at all levels.
	Children int          `json:"children"`
	Below    int          `json:"below"`
	ARRTotal money.Amount `json:"arr_total" doc:"Its own ARR and that of all accounts below it."`
	// Counts says whether it enters its parent's score; Why says why not.
	Counts bool     `json:"counts"`
	Why    string   `json:"why,omitempty"`
	Share  *float64 `json:"share" doc:"Its share in the roll-up of its parent."`
	Points *float64 `json:"points" doc:"The points that it gives to its parent's score."`
	Worst  bool     `json:"worst" doc:"The lowest score among the children that count."`
	Rule   *RollUp  `json:"rule,omitempty" doc:"How its children enter its own score; absent when they do not."`
}

// RollUp is how children entered a score.
type RollUp struct {
	Key       string   `json:"key"`
	Words     string   `json:"words"`
	Score     float64  `json:"score"`
	Own       *float64 `json:"own" doc:"The score that the account would have by itself."`
	OwnShare  float64  `json:"own_share"`
	OwnPoints float64  `json:"own_points"`
}

// RuleOutcome is what a rule would make of the children.
type RuleOutcome struct {
	Key     string   `json:"key"`
	Words   string   `json:"words"`
	Score   *float64 `json:"score"`
	Band    string   `json:"band"`
	InForce bool     `json:"in_force"`
}

// Hierarchy is an account with those below it, parents before children.
type Hierarchy struct {
	Stamp
	Path      []Ref           `json:"path" doc:"The accounts above it, the topmost first."`
	Scorecard KeyTitle        `json:"scorecard"`
	RollsUp   bool            `json:"rolls_up" doc:"Whether the account's scorecard takes child accounts in."`
	Nodes     []HierarchyNode `json:"nodes"`
	Truncated bool            `json:"truncated" doc:"There are more accounts below than are listed, or more levels than scores follow."`
	Accounts  int             `json:"accounts"`
	ARR       money.Amount    `json:"arr"`
	ByARR     *float64        `json:"score_by_arr" doc:"The mean score of all accounts of the hierarchy that have both, weighted by ARR."`
	WorstID   id.Account      `json:"worst_id,omitempty" doc:"The customer below it with the lowest score."`
	Rules     []RuleOutcome   `json:"rules" doc:"What each rule would make of the direct children; empty without any."`
	Sentence  string          `json:"sentence"`
}

func (s *Server) hierarchy(ctx context.Context, in *accountInput) (Hierarchy, error) {
	var out Hierarchy
	v, at, err := s.locate(ctx, in.ID, in.AsOfParam)
	if err != nil {
		return out, err
	}
	tree := v.below(at)
	results, err := v.engine.HealthOf(ctx, tree.parents(v), v.AsOf)
	if err != nil {
		return out, err
	}
	root := &v.Rows[at]
	out.Stamp, out.Path, out.Nodes, out.Truncated = v.stamp(), v.above(at), make([]HierarchyNode, len(tree.rows)), tree.cut
	out.Scorecard = KeyTitle{Key: root.Scorecard, Title: titleOr(v.look.cards[root.Scorecard].Title, root.Scorecard)}
	out.RollsUp = v.rollsUp(root.Scorecard)
	rows := make([]int32, len(tree.rows))
	for i, r := range tree.rows {
		rows[i] = int32(r) //nolint:gosec // accounts are far fewer than 2^31
		out.Nodes[i] = v.node(tree, i)
	}
	currency := v.currency(rows)
	out.sum(v, tree, currency)
	for i := range tree.rows {
		if len(tree.kids[i]) > 0 {
			out.roll(v, tree, i, results[v.Rows[tree.rows[i]].Account.ID])
		}
	}
	out.Rules = v.rules(tree, results[root.Account.ID])
	out.Sentence = out.inWords(v)
	return out, nil
}

// family is an account and those below it, breadth first within each branch.
type family struct {
	rows   []int
	depth  []int
	parent []int   // −1 for the first
	kids   [][]int // by node
	cut    bool
}

// below walks down from a row; what turns in a circle ends where it began.
func (v *view) below(at int) *family {
	f := &family{}
	seen := map[int]bool{}
	var walk func(row, parent, depth int)
	walk = func(row, parent, depth int) {
		if seen[row] {
			return
		}
		if len(f.rows) >= maxNodes {
			f.cut = true
			return
		}
		seen[row] = true
		me := len(f.rows)
		f.rows, f.depth, f.parent, f.kids = append(f.rows, row), append(f.depth, depth), append(f.parent, parent), append(f.kids, nil)
		if parent >= 0 {
			f.kids[parent] = append(f.kids[parent], me)
		}
		children := v.ChildrenOf(row)
		if depth >= maxLevels && len(children) > 0 {
			f.cut = true
			return
		}
		// Those with the most ARR first.
		children = sorted(children, func(a, b int) int {
			return cmp.Or(cmp.Compare(v.Rows[b].ARR.Minor, v.Rows[a].ARR.Minor), cmp.Compare(v.Rows[a].Account.Name, v.Rows[b].Account.Name))
		})
		for _, c := range children {
			walk(c, me, depth+1)
		}
	}
	walk(at, -1, 0)
	return f
}

// above names the accounts over a row, the topmost first.
func (v *view) above(at int) []Ref {
	out := []Ref{}
	seen := map[int]bool{at: true}
	for up, ok := v.ParentOf(at); ok && !seen[up]; up, ok = v.ParentOf(up) {
		seen[up] = true
		out = append(out, Ref{ID: string(v.Rows[up].Account.ID), Name: v.Rows[up].Account.Name})
	}
	slices.Reverse(out)
	return out
}

func (f *family) parents(v *view) []id.Account {
	var out []id.Account
	for i, kids := range f.kids {
		if len(kids) > 0 {
			out = append(out, v.Rows[f.rows[i]].Account.ID)
		}
	}
	return out
}

func (v *view) rollsUp(card string) bool {
	compiled := v.model.Scorecards.Card(card)
	if compiled == nil {
		return false
	}
	children, _ := compiled.Rolls()
	return children
}

func (v *view) node(f *family, i int) HierarchyNode {
	r := &v.Rows[f.rows[i]]
	n := HierarchyNode{
		ID: r.Account.ID, Name: r.Account.Name, Depth: f.depth[i], Owner: v.user(r.Owner), Status: string(r.Status),
		Score: finite(r.Score), Band: v.chip(r.Scorecard, r.Band), Stale: r.Stale, Override: r.Overridden, Delta30: finite(r.Delta30),
		ARR: amount(r.ARR), Children: len(f.kids[i]),
	}
	if f.parent[i] >= 0 {
		n.ParentID = v.Rows[f.rows[f.parent[i]]].Account.ID
	}
	return n
}

// sum adds up what is below each account and in all; children come after their
// parents, so that going backwards meets each before its parent.
func (h *Hierarchy) sum(v *view, f *family, currency money.Currency) {
	weighted, weight := 0.0, 0.0
	for i := range h.Nodes {
		h.Nodes[i].ARRTotal.Currency = currency
	}
	lowest := -1
	for i := len(h.Nodes) - 1; i >= 0; i-- {
		n, r := &h.Nodes[i], &v.Rows[f.rows[i]]
		if r.ARR.Currency == currency {
			n.ARRTotal.Minor += r.ARR.Minor
			if r.HasScore() && r.ARR.Minor > 0 {
				weighted += r.Score * float64(r.ARR.Minor)
				weight += float64(r.ARR.Minor)
			}
		}
		if up := f.parent[i]; up >= 0 {
			h.Nodes[up].Below += n.Below + 1
			h.Nodes[up].ARRTotal.Minor += n.ARRTotal.Minor
			if r.HasScore() && r.Status != evaluate.StatusChurned && (lowest < 0 || r.Score <= v.Rows[f.rows[lowest]].Score) {
				lowest = i
			}
		}
	}
	h.Accounts, h.ARR, h.ByARR = len(h.Nodes), h.Nodes[0].ARRTotal, finite(weighted/weight)
	if lowest >= 0 {
		h.WorstID = h.Nodes[lowest].ID
	}
}

// roll says how the children of a node entered its score.
func (h *Hierarchy) roll(v *view, f *family, i int, result *health.Result) {
	var rolled *health.Rolled
	if result != nil {
		for k := range result.Rolled {
			if result.Rolled[k].Axis == health.AdjustHierarchy {
				rolled = &result.Rolled[k]
			}
		}
	}
	parts := map[string]*health.RolledPart{}
	if rolled != nil {
		h.Nodes[i].Rule = &RollUp{
			Key: string(rolled.Rule), Words: rolled.Why, Score: rolled.Score, Own: rolled.Own, OwnShare: rolled.OwnShare, OwnPoints: rolled.OwnPoints,
		}
		for k := range rolled.Parts {
			parts[rolled.Parts[k].Key] = &rolled.Parts[k]
		}
	}
	worst := -1
	for _, k := range f.kids[i] {
		n, r := &h.Nodes[k], &v.Rows[f.rows[k]]
		part := parts[string(n.ID)]
		switch {
		case rolled == nil:
			n.Why = "its parent takes no children in"
		case r.Status == evaluate.StatusChurned:
			n.Why = "it has left"
		case part == nil || part.Score == nil:
			n.Why = "it has no score"
		default:
			n.Share = &part.Share
			n.Counts = part.Share > 0 || rolled.Rule == health.ShareInBands
			if rolled.Rule != health.ShareInBands {
				n.Points = &part.Points
			}
			if !n.Counts {
				n.Why = "the rule takes others"
			}
		}
		if n.Score != nil && r.Status != evaluate.StatusChurned && (worst < 0 || *n.Score < *h.Nodes[worst].Score) {
			worst = k
		}
	}
	if worst >= 0 && len(f.kids[i]) > 1 {
		h.Nodes[worst].Worst = true
	}
}

// rules are what the plain rules would make of the direct children.
func (v *view) rules(f *family, result *health.Result) []RuleOutcome {
	out := []RuleOutcome{}
	var children []health.Child
	for _, k := range f.kids[0] {
		r := &v.Rows[f.rows[k]]
		if r.Status != evaluate.StatusChurned {
			children = append(children, health.Child{Key: string(r.Account.ID), Score: finite(r.Score), ARR: r.ARR.Major()})
		}
	}
	if len(children) == 0 {
		return out
	}
	root := &v.Rows[f.rows[0]]
	own, force := finite(root.Score), ""
	if result != nil {
		for k := range result.Rolled {
			if r := &result.Rolled[k]; r.Axis == health.AdjustHierarchy {
				own, force = r.Own, string(r.Rule)
			}
		}
	}
	for _, rule := range health.PlainRollups() {
		score, err := health.RollUp(rule, own, children)
		if err != nil {
			continue
		}
		one := RuleOutcome{Key: string(rule), Words: rule.InWords(), Score: score, InForce: force == string(rule)}
		if card := v.model.Scorecards.Card(root.Scorecard); card != nil && score != nil {
			one.Band = card.Band(*score)
		}
		out = append(out, one)
	}
	return out
}

// inWords says how the account stands with those below it.
func (h *Hierarchy) inWords(v *view) string {
	root := &h.Nodes[0]
	below := len(h.Nodes) - 1
	if below == 0 {
		return root.Name + " has no accounts below it."
	}
	accounts := fmt.Sprintf("%d accounts are below it", below)
	if below == 1 {
		accounts = "One account is below it"
	}
	out := fmt.Sprintf("%s, with %s of ARR in all.", accounts, inShort(h.ARR))
	switch rule := root.Rule; {
	case rule != nil && rule.Own != nil:
		out += fmt.Sprintf(" Its score of %s is %s; by itself it would have %s.", short(math.Round(rule.Score*10)/10), rule.Words, short(math.Round(*rule.Own*10)/10))
	case rule != nil:
		out += fmt.Sprintf(" Its score of %s is %s; by itself it has none.", short(math.Round(rule.Score*10)/10), rule.Words)
	case h.RollsUp:
		out += " None of its direct children has a score, so it keeps its own."
	default:
		out += fmt.Sprintf(" Its scorecard, %s, takes no child accounts in: each account stands by itself.", h.Scorecard.Title)
	}
	if h.WorstID != "" {
		if at, ok := v.Find(h.WorstID); ok && v.Rows[at].HasScore() {
			out += fmt.Sprintf(" The lowest below it is %s with %s.", v.Rows[at].Account.Name, short(math.Round(v.Rows[at].Score*10)/10))
		}
	}
	return out
}
