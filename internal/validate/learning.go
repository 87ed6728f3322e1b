package validate

import (
	"fmt"
	"math"
	"slices"
	"time"

	"kept/internal/id"
	"kept/internal/stats/num"
)

// WeightVerdict says what became of one of the team's weights.
type WeightVerdict string

// The verdicts. A weight moves when the team's own lies outside its 90 % interval.
const (
	WeightKept      WeightVerdict = "kept"
	WeightMoved     WeightVerdict = "moved"
	WeightUndecided WeightVerdict = "undecided"
	WeightNone      WeightVerdict = "no_evidence" // the data say nothing for it, or speak against its direction
	WeightUnseen    WeightVerdict = "unseen"      // it has no value, or always the same: the weight stays as it is
)

// WeightLevel is the level of the intervals of weights.
const WeightLevel = 0.9

// LearnedWeight is one measure with its weights. Shares are of the whole, in
// [0,1]; effects are log-odds of leaving per standard deviation of the score.
type LearnedWeight struct {
	Group   string        `json:"group"`
	Measure string        `json:"measure"`
	Title   string        `json:"title"`
	Hand    float64       `json:"hand"`
	Learned float64       `json:"learned"`
	Low     *float64      `json:"low"` // of the share, others held
	High    *float64      `json:"high"`
	Effect  *float64      `json:"effect"`
	Verdict WeightVerdict `json:"verdict"`
	Words   string        `json:"words"`
	// Missing is the share of accounts at a cut-off without a score; MissingEffect
	// what that says by itself, nil where it has no column of its own.
	Missing       float64  `json:"missing"`
	MissingEffect *float64 `json:"missing_effect"`
}

// Challenger is a rival of the learned score that is only reported.
type Challenger struct {
	AUC      Estimate `json:"auc"`
	Claim    Claim    `json:"claim"` // against the learned score
	Sentence string   `json:"sentence"`
}

// LearnedAccount is what the learned score says of an account as it stands.
type LearnedAccount struct {
	Account id.Account `json:"id"`
	Name    string     `json:"name"`
	Segment string     `json:"segment"`
	ARR     float64    `json:"arr"` // major units
	Hand    *float64   `json:"hand_score"`
	Score   float64    `json:"score"`
	// Uncertainty is one standard error of the score in points.
	Uncertainty float64 `json:"uncertainty"`
	// P is the probability of leaving within the horizon.
	P float64 `json:"p"`
	// Contributions add up to Score − 50 exactly in 1e-12 points, before the score is kept within
	// 0 to 100; in the order of the weights.
	Contributions     []float64 `json:"contributions"`
	ContributionsPico []int64   `json:"-"`
}

// Learning is what the data say about the weights of a scorecard.
type Learning struct {
	Scorecard    string    `json:"scorecard"`
	Title        string    `json:"title"`
	AsOf         time.Time `json:"as_of"`
	ModelVersion int64     `json:"model_version"`
	HorizonDays  int       `json:"horizon_days"`
	// Learned is false when nothing can be learned; Why says why.
	Learned   bool     `json:"learned"`
	Why       string   `json:"why,omitempty"`
	Headline  string   `json:"headline"`
	Sentences []string `json:"sentences"`

	Rows       int             `json:"rows"` // accounts at a cut-off
	Departures int             `json:"departures"`
	Weights    []LearnedWeight `json:"weights"`
	// Trust is the posterior weight on the team's weights being right as they are;
	// Weak the probability that the hand-made score hardly ranks who leaves.
	Trust float64 `json:"trust"`
	Weak  float64 `json:"weak"`
	// Equivalent is how many departures the team's opinion counts as much as.
	Equivalent float64 `json:"equivalent_departures"`
	Conflict   bool    `json:"conflict"`

	HandAUC    Estimate         `json:"hand_auc"`
	LearnedAUC Estimate         `json:"learned_auc"`
	Slope      Estimate         `json:"calibration_slope"`
	Claim      *Claim           `json:"claim,omitempty"`
	Challenger *Challenger      `json:"challenger,omitempty"`
	Accounts   []LearnedAccount `json:"accounts"` // the riskiest first
}

// Learn says what the data say about the weights of a scorecard: it learns them on
// every cut-off whose outcome is known, and back-tests the learned score and its
// black-box rival by the same walk as the hand-made one.
func Learn(d *Dataset) *Learning {
	none := Estimate{Level: Level, Why: "The data cannot say."}
	l := &Learning{
		Scorecard: d.Spec.Scorecard, Title: d.Title, AsOf: d.AsOf, ModelVersion: d.ModelVersion, HorizonDays: int(d.Spec.Horizon / Day),
		Sentences: []string{}, Weights: []LearnedWeight{}, Accounts: []LearnedAccount{}, HandAUC: none, LearnedAUC: none, Slope: none,
	}
	if l.Title == "" {
		l.Title = l.Scorecard
	}
	if why := d.refuse(); why != "" {
		return l.decline(why)
	}
	all := View{Data: d}
	at := []int{}
	for r := range d.Rows {
		all.Rows = append(all.Rows, int32(r)) //nolint:gosec // rows are far fewer than 2^31
		all.Left = append(all.Left, d.Rows[r].Left)
		at = append(at, r)
	}
	l.Rows, l.Departures = len(d.Rows), d.departures(all.Rows, at)
	m, err := learn(all)
	if err != nil {
		return l.decline(err.Error())
	}
	l.Learned = true
	l.Trust, l.Weak, l.Equivalent = m.fit.Trust, max(m.fit.PWeak, m.fit.PReversed), m.fit.EquivalentEvents
	l.Conflict = l.Weak >= .5 || m.fit.SlopeMean <= 0
	l.weigh(d, m)
	l.compare(d)
	l.accounts(d, m)
	l.speak()
	return l
}

func (l *Learning) decline(why string) *Learning {
	l.Why, l.Headline = why, "No weights are learned."
	return l
}

// weigh fills the weights. Shares are those of a point of each measure; a measure
// that was never seen keeps its share, and the others share the rest.
func (l *Learning) weigh(d *Dataset, m *learnedModel) {
	perPoint := make([]float64, len(d.Parts))
	seen := make([]bool, len(d.Parts))
	column := make([]int, len(d.Parts))
	sum, kept := 0.0, 0.0
	for j, in := range m.inputs {
		if in.missing {
			continue
		}
		seen[in.part], column[in.part] = true, j
		perPoint[in.part] = m.fit.Coef[j+1] / in.sd
		sum += perPoint[in.part]
	}
	for j, p := range d.Parts {
		if !seen[j] {
			kept += p.Share
		}
	}
	for j, p := range d.Parts {
		w := LearnedWeight{Group: p.Group, Measure: p.Measure, Title: p.Title, Hand: p.Share, Missing: d.missing(j)}
		if !seen[j] {
			w.Learned, w.Verdict = p.Share, WeightUnseen
			w.Words = "It has no value, or the same for everybody: the weight stays as it is."
			l.Weights = append(l.Weights, w)
			continue
		}
		in := &m.inputs[column[j]]
		share := func(effect float64) float64 {
			if sum <= 0 {
				return 0
			}
			rest := sum - perPoint[j]
			point := max(effect/in.sd, 0)
			if rest+point <= 0 {
				return 0
			}
			return (1 - kept) * point / (rest + point)
		}
		effect := m.fit.Coef[column[j]+1]
		low, high := m.fit.Interval(column[j], WeightLevel)
		a, b := share(low), share(high)
		w.Learned, w.Low, w.High, w.Effect = share(effect), &a, &b, &effect
		w.Verdict, w.Words = verdict(p.Share, a, b, m.fit.Zeroed[column[j]])
		if k := slices.IndexFunc(m.inputs, func(x input) bool { return x.missing && x.part == j }); k >= 0 {
			gone := m.fit.Coef[k+1] / m.inputs[k].sd
			w.MissingEffect = &gone
		}
		l.Weights = append(l.Weights, w)
	}
}

// verdict compares the team's share with the interval of the learned one.
func verdict(hand, low, high float64, zeroed bool) (WeightVerdict, string) {
	switch {
	case zeroed && hand > high:
		return WeightNone, "No evidence for this signal in your data: those who left did not score lower."
	case hand < low:
		return WeightMoved, "It tells more than you thought."
	case hand > high:
		return WeightMoved, "It tells less than you thought."
	case zeroed:
		return WeightNone, "No evidence for this signal in your data yet."
	case high-low > 2*hand && low <= 0:
		return WeightUndecided, "The data cannot tell yet: it may be nothing, or much more than you thought."
	default:
		return WeightKept, "The data agree with your weight."
	}
}

// missing is the share of rows without a score of a part.
func (d *Dataset) missing(part int) float64 {
	n := 0
	for r := range d.Rows {
		if math.IsNaN(d.P[r*len(d.Parts)+part]) {
			n++
		}
	}
	return float64(n) / float64(max(len(d.Rows), 1))
}

// compare back-tests the learned score and the black box.
func (l *Learning) compare(d *Dataset) {
	hand, learned, box := Walk(d, HandScore{}, nil), Walk(d, LearnedScore{}, nil), Walk(d, blackBox{}, nil)
	rank := func(b *Backtest) Estimate {
		p := b.pool()
		if len(p.rows) == 0 || p.events == 0 || p.events == len(p.rows) {
			return Estimate{Level: Level, Why: "No fold has both accounts that left and accounts that stayed."}
		}
		return aucEstimate(rankOf(p.risk, p.y, p.cluster), Climb(p.events), p.events)
	}
	l.HandAUC, l.LearnedAUC = rank(hand), rank(learned)
	claim := Beats(hand, learned, 1)
	l.Claim, l.Slope = &claim, claim.Slope
	c := Challenger{AUC: rank(box), Claim: Beats(learned, box, 2)}
	switch c.Claim.Verdict {
	case ClaimBeats:
		c.Sentence = "A black box would add something: there is an interaction or a threshold that a weighted score misses. It is not used: look for it among the measures."
	case ClaimWorse:
		c.Sentence = "A black box would do worse than the learned weights."
	default:
		c.Sentence = "A black box would add nothing that can be shown."
	}
	c.Claim.Sentence = c.Sentence
	l.Challenger = &c
}

func (l *Learning) accounts(d *Dataset, m *learnedModel) {
	n := len(d.Parts)
	for i, row := range d.Now {
		parts := d.NowP[i*n : (i+1)*n]
		if !known(parts) {
			continue
		}
		score, contributions := m.points(parts, n)
		a := &d.Accounts[row.Account]
		one := LearnedAccount{
			Account: a.ID, Name: a.Name, Segment: row.Segment, ARR: row.ARR, Hand: pointer(row.Score), Score: score,
			Uncertainty: m.spread(parts), P: num.Expit(m.eta(parts)), ContributionsPico: contributions, Contributions: make([]float64, n),
		}
		for j, c := range contributions {
			one.Contributions[j] = float64(c) / pico
		}
		l.Accounts = append(l.Accounts, one)
	}
	slices.SortStableFunc(l.Accounts, func(a, b LearnedAccount) int {
		switch {
		case a.P > b.P:
			return -1
		case a.P < b.P:
			return 1
		}
		return 0
	})
}

// speak says it in words.
func (l *Learning) speak() {
	counts := map[WeightVerdict]int{}
	for i := range l.Weights {
		counts[l.Weights[i].Verdict]++
	}
	of := len(l.Weights)
	switch {
	case l.Conflict:
		l.Headline = "Your score does not rank who leaves: look at it before anything else."
	case counts[WeightMoved] == 0:
		l.Headline = "The data are content with your weights."
	case counts[WeightMoved] == 1:
		l.Headline = fmt.Sprintf("One of your %d weights should move.", of)
	default:
		l.Headline = fmt.Sprintf("%d of your %d weights should move.", counts[WeightMoved], of)
	}
	add := func(format string, args ...any) { l.Sentences = append(l.Sentences, fmt.Sprintf(format, args...)) }
	add("Learned from %s among %s; your opinion counts as much as %s.", left(l.Departures), atCutOffs(l.Rows), left(int(math.Round(min(l.Equivalent, 1e9)))))
	if l.Claim != nil {
		add("%s", l.Claim.Sentence)
	}
	if l.Conflict {
		add("The chance that your score as a whole tells next to nothing is %s.", percent(l.Weak))
	}
	if n := counts[WeightNone]; n > 0 {
		add("For %s there is no evidence in your data.", count(n, "measure"))
	}
	if n := counts[WeightUndecided]; n > 0 {
		add("About %s the data cannot tell yet.", count(n, "measure"))
	}
	if l.Challenger != nil {
		add("%s", l.Challenger.Sentence)
	}
}
