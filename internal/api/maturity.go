package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"time"

	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/maturity"
	"kept/internal/money"
	"kept/internal/sqlstore"
)

// settingContributor and settingStage are what an installation says of itself in an
// exchange: a name that means nothing elsewhere, and its stage.
const (
	settingContributor = "maturity.contributor"
	settingStage       = "maturity.stage"
)

// maxPeersFile is enough for ten thousand companies.
const maxPeersFile = 8 << 20

// Maturity is how far the company has come, as of an instant.
type Maturity struct {
	AsOf          time.Time            `json:"as_of"`
	Questionnaire []maturity.Dimension `json:"questionnaire"`
	Company       maturity.Result      `json:"company" doc:"The mean of the raters, each counting alike."`
	Raters        []MaturityRater      `json:"raters"`
	Gaps          []maturity.Gap       `json:"gaps" doc:"Questions in which raters differ, the widest first."`
	Next          []maturity.Step      `json:"next" doc:"The next anchor of the two weakest dimensions."`
	Seen          []MaturitySeen       `json:"seen" doc:"What Kept itself sees of a dimension, to answer by."`
	History       []MaturityPoint      `json:"history" doc:"The company's rating after each day with a new one, the oldest first."`
	Peers         maturity.Comparison  `json:"peers"`
}

// MaturityRater is one rater's latest rating.
type MaturityRater struct {
	User    Ref               `json:"user"`
	RatedAt time.Time         `json:"rated_at"`
	Answers map[string]int    `json:"answers" doc:"By the number of the question: 0 to 3, or -1 where it does not apply."`
	Notes   map[string]string `json:"notes"`
	Result  maturity.Result   `json:"result"`
}

// MaturitySeen is a sentence on what Kept sees of a dimension.
type MaturitySeen struct {
	Dimension string `json:"dimension"`
	Words     string `json:"words"`
}

// MaturityPoint is the company's rating after one day.
type MaturityPoint struct {
	Day        string             `json:"day"`
	Raters     int                `json:"raters"`
	Overall    *float64           `json:"overall"`
	Level      maturity.Level     `json:"level"`
	Dimensions map[string]float64 `json:"dimensions"`
}

type newRatingInput struct {
	Body struct {
		Answers map[string]int    `json:"answers" doc:"By the number of the question: 0 to 3, or -1 where it does not apply. Questions may be left open."`
		Notes   map[string]string `json:"notes,omitempty" doc:"Words by the number of the question."`
	}
}

type exchangeInput struct {
	AsOfParam
}

type stageInput struct {
	Body struct {
		Stage string `json:"stage" maxLength:"40" enum:",starting,growing,established"`
	}
}

type peersInput struct{ Body maturity.Exchange }

// PeersAnswer is what became of a file of peers.
type PeersAnswer struct {
	Read  int `json:"read"`
	Known int `json:"known" doc:"Peers that Kept has now."`
}

func (s *Server) maturityRoutes() {
	const tag = "operate"
	get(s, endpoint{id: "get-maturity", method: http.MethodGet, path: "/maturity", tag: tag, need: canRead, summary: "How far the company's Customer Success has come"}, s.maturity)
	get(s, endpoint{id: "create-maturity-rating", method: http.MethodPost, path: "/maturity/ratings", tag: tag, need: canEdit, status: http.StatusCreated, summary: "Rate the company, as the person who is signed in"}, s.rate)
	get(s, endpoint{id: "get-maturity-exchange", method: http.MethodGet, path: "/maturity/exchange", tag: tag, need: canModel, summary: "The company's own figures without its name, to give to others"}, s.exchange)
	act(s, endpoint{id: "set-maturity-stage", method: http.MethodPut, path: "/maturity/stage", tag: tag, need: canModel, summary: "Say which stage the company is in, to be compared with its like"}, s.setStage)
	get(s, endpoint{id: "import-maturity-peers", method: http.MethodPost, path: "/maturity/peers", tag: tag, need: canModel, maxBody: maxPeersFile, summary: "Read what other companies gave"}, s.importPeers)
	act(s, endpoint{id: "delete-maturity-peers", method: http.MethodDelete, path: "/maturity/peers", tag: tag, need: canModel, summary: "Forget what other companies gave"}, s.deletePeers)
}

func (s *Server) maturity(ctx context.Context, in *exchangeInput) (Maturity, error) {
	var out Maturity
	v, err := s.viewAt(ctx, in.AsOfParam)
	if err != nil {
		return out, err
	}
	ratings, err := s.ratings(ctx, v, in.AsOfParam)
	if err != nil {
		return out, err
	}
	latest := latestOf(ratings)
	answers := make([]maturity.Answers, len(latest))
	out.Raters = make([]MaturityRater, len(latest))
	for i := range latest {
		out.Raters[i] = s.rater(ctx, &latest[i])
		answers[i] = latest[i].Answers
	}
	out.AsOf, out.Questionnaire = v.AsOf, maturity.Dimensions()
	out.Company, _ = companyOf(ratings)
	out.Gaps, out.Next = maturity.Gaps(answers), maturity.Advise(out.Company, answers)
	out.History, out.Seen = historyOf(ratings), seenOf(v)
	peers, err := s.opt.Product.MaturityPeers(ctx)
	if err != nil {
		return out, err
	}
	own, err := s.ownPeer(ctx, v, out.Company, out.History)
	if err != nil {
		return out, err
	}
	out.Peers = maturity.Compare(&own, peers)
	return out, nil
}

func (s *Server) rater(ctx context.Context, r *sqlstore.MaturityRating) MaturityRater {
	return MaturityRater{
		User: Ref{ID: string(r.Rater), Name: s.names.of(ctx, r.Rater)}, RatedAt: r.RatedAt,
		Answers: keyed(r.Answers), Notes: keyed(r.Notes), Result: maturity.Assess(r.Answers),
	}
}

// companyOf rates the company by the latest rating of each rater, and counts them.
func companyOf(ratings []sqlstore.MaturityRating) (company maturity.Result, raters int) {
	latest := latestOf(ratings)
	results := make([]maturity.Result, len(latest))
	for i := range latest {
		results[i] = maturity.Assess(latest[i].Answers)
	}
	return maturity.Combine(results), len(results)
}

// ratings returns those given until the view's instant; today includes those of the
// last second, which an evaluation may lag behind.
func (s *Server) ratings(ctx context.Context, v *view, p AsOfParam) ([]sqlstore.MaturityRating, error) {
	until := v.AsOf
	if p.AsOf == "" {
		until = s.clock.Now()
	}
	return s.opt.Product.MaturityRatings(ctx, until)
}

// latestOf returns each rater's last rating, in the order in which they first rated.
func latestOf(ratings []sqlstore.MaturityRating) []sqlstore.MaturityRating {
	latest := []sqlstore.MaturityRating{}
	at := map[id.User]int{}
	for i := range ratings {
		r := &ratings[i]
		if k, ok := at[r.Rater]; ok {
			latest[k] = *r
			continue
		}
		at[r.Rater] = len(latest)
		latest = append(latest, *r)
	}
	return latest
}

func historyOf(ratings []sqlstore.MaturityRating) []MaturityPoint {
	points := []MaturityPoint{}
	for i := range ratings {
		dayOf := ratings[i].RatedAt.UTC().Format(time.DateOnly)
		if i+1 < len(ratings) && ratings[i+1].RatedAt.UTC().Format(time.DateOnly) == dayOf {
			continue
		}
		company, raters := companyOf(ratings[:i+1])
		points = append(points, MaturityPoint{
			Day: dayOf, Raters: raters, Overall: company.Overall, Level: company.Level, Dimensions: scoresOf(company),
		})
	}
	return points
}

func scoresOf(r maturity.Result) map[string]float64 {
	scores := map[string]float64{}
	for i := range r.Dimensions {
		if d := &r.Dimensions[i]; d.Score != nil {
			scores[d.Key] = *d.Score
		}
	}
	return scores
}

// seenOf says what the model and the record tell of the dimensions that Kept can
// see by itself: a rater answers by them, not against them.
func seenOf(v *view) []MaturitySeen {
	m := v.model.Model
	seen := []MaturitySeen{}
	add := func(dimension, words string) { seen = append(seen, MaturitySeen{Dimension: dimension, Words: words}) }
	if n := len(m.Segments); n == 0 {
		add("segmentation", "The model has no segments.")
	} else {
		add("segmentation", "The model decides "+plural(n, "segment", "segments")+" by rule.")
	}
	measures := 0
	for i := range m.Scorecards {
		for k := range m.Scorecards[i].Groups {
			measures += len(m.Scorecards[i].Groups[k].Measures)
		}
	}
	switch n := len(m.Scorecards); n {
	case 0:
		add("health", "The model has no scorecard.")
	default:
		add("health", plural(n, "scorecard", "scorecards")+" with "+plural(measures, "weighted measure", "weighted measures")+"; Does it work? tells whether they are tested.")
	}
	return seen
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func (s *Server) rate(ctx context.Context, in *newRatingInput) (MaturityRater, error) {
	var out MaturityRater
	who := callerOf(ctx)
	if who.UserID == "" {
		return out, fault.New(fault.Forbidden, "a rating is a person's: sign in, or use a token that belongs to a user")
	}
	r := sqlstore.MaturityRating{Rater: who.UserID, Answers: maturity.Answers{}, Notes: map[int]string{}}
	var list fault.List
	for key, v := range in.Body.Answers {
		n, err := strconv.Atoi(key)
		if err != nil {
			list.Add("answers."+key, "is not the number of a question")
			continue
		}
		r.Answers[n] = v
	}
	for key, words := range in.Body.Notes {
		n, err := strconv.Atoi(key)
		switch {
		case err != nil:
			list.Add("notes."+key, "is not the number of a question")
		case len(words) > 2000:
			list.Add("notes."+key, "is longer than 2000 characters")
		case words != "":
			r.Notes[n] = words
		}
	}
	if err := list.Err(); err != nil {
		return out, err
	}
	var err error
	if r.ID, err = id.New[id.Rating](s.clock.Now(), rand.Reader); err != nil {
		return out, err
	}
	if r, err = s.opt.Product.AddMaturityRating(ctx, r); err != nil {
		return out, err
	}
	out = s.rater(ctx, &r)
	return out, s.audit(ctx, "create", "maturity_rating", string(r.ID), plural(len(r.Answers), "answer", "answers"))
}

func keyed[T any](in map[int]T) map[string]T {
	out := make(map[string]T, len(in))
	for n, v := range in {
		out[strconv.Itoa(n)] = v
	}
	return out
}

// ownPeer is the company as it would tell others of itself.
func (s *Server) ownPeer(ctx context.Context, v *view, company maturity.Result, history []MaturityPoint) (maturity.Peer, error) {
	var p maturity.Peer
	var err error
	if p.Contributor, _, err = s.opt.Product.Setting(ctx, settingContributor); err != nil {
		return p, err
	}
	if p.Stage, _, err = s.opt.Product.Setting(ctx, settingStage); err != nil {
		return p, err
	}
	paying := 0
	rows := v.owned("all")
	for _, i := range rows {
		if v.Rows[i].ARR.Minor > 0 {
			paying++
		}
	}
	p.Size, p.ACV = maturity.CellOf(major(v.sum(rows)), paying)
	if len(history) > 0 {
		p.Day = history[len(history)-1].Day
	}
	if company.Overall != nil {
		p.Overall = *company.Overall
	}
	p.Dimensions = scoresOf(company)
	return p, nil
}

func major(a money.Amount) float64 {
	if a.Currency == "" {
		return 0
	}
	return a.Major()
}

func (s *Server) exchange(ctx context.Context, in *exchangeInput) (maturity.Exchange, error) {
	out := maturity.Exchange{Format: maturity.ExchangeFormat, Questionnaire: maturity.Questionnaire, Peers: []maturity.Peer{}}
	v, err := s.viewAt(ctx, in.AsOfParam)
	if err != nil {
		return out, err
	}
	ratings, err := s.ratings(ctx, v, in.AsOfParam)
	if err != nil {
		return out, err
	}
	company, _ := companyOf(ratings)
	switch {
	case company.Overall == nil:
		return out, fault.New(fault.Conflict, "nobody has rated the company yet: there is nothing to give to others")
	case slices.ContainsFunc(company.Dimensions, func(d maturity.DimensionResult) bool { return d.Open > 0 && d.Answered == 0 }):
		return out, fault.New(fault.Conflict, "some dimensions are not rated yet: answer at least one question of each first")
	}
	p, err := s.ownPeer(ctx, v, company, historyOf(ratings))
	if err != nil {
		return out, err
	}
	if p.Size == "" {
		return out, fault.New(fault.Conflict, "Kept knows no ARR on this day, so the figures cannot be compared by size")
	}
	if p.Contributor == "" {
		p.Contributor = rand.Text()
		if err := s.opt.Product.PutSetting(ctx, settingContributor, p.Contributor); err != nil {
			return out, err
		}
	}
	out.Peers = append(out.Peers, p)
	return out, nil
}

func (s *Server) setStage(ctx context.Context, in *stageInput) error {
	if err := s.opt.Product.PutSetting(ctx, settingStage, in.Body.Stage); err != nil {
		return err
	}
	return s.audit(ctx, "save", "setting", settingStage, in.Body.Stage)
}

func (s *Server) importPeers(ctx context.Context, in *peersInput) (PeersAnswer, error) {
	out := PeersAnswer{Read: len(in.Body.Peers)}
	if err := s.opt.Product.PutMaturityPeers(ctx, &in.Body); err != nil {
		return out, err
	}
	known, err := s.opt.Product.MaturityPeers(ctx)
	if err != nil {
		return out, err
	}
	out.Known = len(known)
	return out, s.audit(ctx, "import", "maturity_peers", "", plural(out.Read, "company", "companies"))
}

func (s *Server) deletePeers(ctx context.Context, _ *none) error {
	if err := s.opt.Product.DeleteMaturityPeers(ctx); err != nil {
		return err
	}
	return s.audit(ctx, "delete", "maturity_peers", "", "all")
}
