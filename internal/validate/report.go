package validate

import "time"

// Evidence says how far a number carries.
type Evidence string

// The badges. OutOfTime: judged on outcomes that lay ahead of everything the
// forecast knew. Described: the same, from too few departures to claim it.
// Counted: a count and its share, no forecast.
const (
	OutOfTime Evidence = "out_of_time"
	Described Evidence = "descriptive"
	Counted   Evidence = "counted"
)

// Estimate is a number that is never without its sample size and interval.
type Estimate struct {
	// Value is nil where the rung of the ladder does not allow it, or it cannot be
	// said; Why then says why.
	Value    *float64 `json:"value"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	Level    float64  `json:"level"`
	N        int      `json:"n"`
	Events   int      `json:"events"`
	Method   string   `json:"method,omitempty"`
	Evidence Evidence `json:"evidence,omitempty"`
	Why      string   `json:"why,omitempty"`
}

// Status says what a report is.
type Status string

// The statuses. Refused: the data cannot answer. Stopped: a canary fired, so
// that no figure may be believed.
const (
	StatusOK      Status = "ok"
	StatusRefused Status = "refused"
	StatusStopped Status = "stopped"
)

// Verdict is the answer to "does it work?".
type Verdict string

// The verdicts.
const (
	VerdictPredicts  Verdict = "predicts"      // the interval of the AUC lies above ½
	VerdictNotShown  Verdict = "not_shown"     // it holds ½: not distinguishable from chance
	VerdictBackwards Verdict = "backwards"     // it lies below ½: those who score well leave
	VerdictTooFew    Verdict = "too_few"       // fewer than 20 departures: nothing is claimed
	VerdictNone      Verdict = "not_available" // refused or stopped
)

// Report is the outcome of a validation. docs/statistics.md describes it.
type Report struct {
	Scorecard    string    `json:"scorecard"`
	Title        string    `json:"title"`
	AsOf         time.Time `json:"as_of"`
	ModelVersion int64     `json:"model_version"`
	Versions     []int64   `json:"recorded_versions,omitempty"`
	Status       Status    `json:"status"`
	Verdict      Verdict   `json:"verdict"`
	Headline     string    `json:"headline"`
	// Sentences say what else a leader should know, most important first.
	Sentences []string `json:"sentences"`
	// Refusal says why there are no figures; empty when there are.
	Refusal string  `json:"refusal,omitempty"`
	Setup   Setup   `json:"setup"`
	Ladder  Ladder  `json:"ladder"`
	Metrics Metrics `json:"metrics"`

	Canaries    []Canary     `json:"canaries"`
	Ahead       []Ahead      `json:"ahead"`
	ROC         []ROCPoint   `json:"roc"`
	Calibration []Bin        `json:"calibration"`
	Lift        []Lift       `json:"lift"`
	Bands       []BandResult `json:"bands"`
	Migration   Migration    `json:"migration"`
	Lead        Lead         `json:"lead"`
	ARR         ARRResult    `json:"arr"`
	Measures    []Measure    `json:"measures"`
	Folds       []FoldResult `json:"folds"`
	Timing      Timing       `json:"timing"`
	// Recalibrated is the isotonic curve, from 200 departures on.
	Recalibrated Recalibrated `json:"recalibrated"`
	Segments     []Segment    `json:"segments"`
}

// Setup says what was judged, and how.
type Setup struct {
	History      History     `json:"history"`
	HorizonDays  int         `json:"horizon_days"`
	EmbargoDays  int         `json:"embargo_days"`
	GraceDays    int         `json:"grace_days"`
	Outcome      string      `json:"outcome"`
	OutcomeWords string      `json:"outcome_words"`
	OutcomeWhy   string      `json:"outcome_why,omitempty"`
	DataStart    time.Time   `json:"data_start"`
	DataEnd      time.Time   `json:"data_end"`
	CutOffs      []time.Time `json:"cut_offs"`
	StepDays     int         `json:"step_days"`
	Weeks        int         `json:"weeks"`
	Accounts     int         `json:"accounts" doc:"Accounts that were at risk at a cut-off."`
	// Rows are account × cut-off; Scored are those with a score.
	Rows   int `json:"rows"`
	Scored int `json:"scored"`
	// Departures in the horizons of the cut-offs, each counted once.
	Departures   int      `json:"departures"`
	LateKnown    int      `json:"late_known"`
	Contradicted int      `json:"contradicted"`
	Bootstrap    int      `json:"bootstrap" doc:"Resamples of accounts."`
	Notes        []string `json:"notes"`
}

// Metrics are pooled over the folds.
type Metrics struct {
	BaseRate         Estimate `json:"base_rate"`
	AUC              Estimate `json:"auc"`
	AUCByARR         Estimate `json:"auc_by_arr"`
	PRAUC            Estimate `json:"pr_auc"`
	Brier            Estimate `json:"brier"`
	BrierSkill       Estimate `json:"brier_skill"`
	LogLoss          Estimate `json:"log_loss"`
	LogLossBase      Estimate `json:"log_loss_base"`
	CalibrationLarge Estimate `json:"calibration_in_the_large"`
	Expected         Estimate `json:"expected_over_observed"`
	Slope            Estimate `json:"calibration_slope"`
	ECE              Estimate `json:"ece"`
	ECENull          *float64 `json:"ece_null" doc:"What the ECE of a perfect forecast would be expected to be: it is biased upwards."`
}

// CanaryState says what a canary did.
type CanaryState string

// The states.
const (
	Held       CanaryState = "held"
	Fired      CanaryState = "fired"
	NotChecked CanaryState = "not_checked"
)

// Canary is a leak detector (statistics.md §3.3).
type Canary struct {
	Key   string      `json:"key"`
	Title string      `json:"title"`
	State CanaryState `json:"state"`
	Words string      `json:"words"`
}

// Ahead says how many of those who left were in the worst band some days before.
type Ahead struct {
	Days int `json:"days"`
	Left int `json:"left"` // departures with a score that many days before
	Red  int `json:"red"`
	// ByChance is how many would have been if as many accounts had been drawn at
	// random at the same instants; PValue is P(at least Red) then.
	ByChance float64  `json:"by_chance"`
	PValue   *float64 `json:"p_value"`
	Share    Estimate `json:"share"`
}

// ROCPoint is a point of the ROC curve.
type ROCPoint struct {
	FalseAlarms float64 `json:"false_alarms"`
	Found       float64 `json:"found"`
}

// Bin is one point of the calibration plot.
type Bin struct {
	Predicted float64  `json:"predicted"`
	Observed  Estimate `json:"observed"`
}

// Lift is what looking only at the accounts most at risk finds.
type Lift struct {
	Where string `json:"where" enum:"top_decile,capacity"`
	Title string `json:"title"`
	// PerCutOff is the mean number of accounts looked at per cut-off.
	PerCutOff    float64  `json:"per_cut_off"`
	LookedAt     int      `json:"looked_at"`
	Found        float64  `json:"found"`
	ByChance     float64  `json:"by_chance"`
	Lift         Estimate `json:"lift"`
	Capture      Estimate `json:"capture"`
	CaptureByARR Estimate `json:"capture_by_arr"`
}

// BandResult is what became of the accounts of one band; an empty Band is no score.
type BandResult struct {
	Band
	Rows    int      `json:"rows"`
	Left    int      `json:"left"`
	Rate    Estimate `json:"rate"`
	ARR     float64  `json:"arr"`
	ARRGone float64  `json:"arr_left"`
	ARRRate Estimate `json:"arr_rate"`
}

// Migration counts where accounts of each band were at the end of the horizon.
type Migration struct {
	To   []string       `json:"to" doc:"Titles of the columns: bands, no score, left."`
	Rows []MigrationRow `json:"rows"`
}

// MigrationRow is one row of the matrix.
type MigrationRow struct {
	From  string `json:"from"`
	N     int    `json:"n"`
	Count []int  `json:"count"`
	// Stayed is the share that kept its band.
	Stayed Estimate `json:"stayed"`
}

// Lead says for how long the score had been in the worst band when an account left.
type Lead struct {
	Left   int `json:"left"`   // departures that could be followed
	Turned int `json:"turned"` // in the worst band in the last week before
	// Median is that of those who turned, in days; a run that began with the
	// record counts with what is known of it.
	Median    Estimate    `json:"median_days"`
	Histogram []LeadCount `json:"histogram"`
	Words     string      `json:"words"`
}

// LeadCount is one bar.
type LeadCount struct {
	Label string `json:"label"`
	N     int    `json:"n"`
}

// ARRResult is the money side: what left, and what shrank at those who stayed.
type ARRResult struct {
	Currency   string   `json:"currency,omitempty"`
	AtRisk     float64  `json:"at_risk"`
	Left       float64  `json:"left"`
	Contracted float64  `json:"contracted"`
	LeftRate   Estimate `json:"left_rate"`
	LostRate   Estimate `json:"lost_rate"`
}

// Measure is what one input of the scorecard tells alone.
type Measure struct {
	Metric string   `json:"metric"`
	Title  string   `json:"title"`
	AUC    Estimate `json:"auc"`
	// Direction says whether those who leave have low or high values.
	Direction string  `json:"direction" enum:"low,high,none"`
	Coverage  float64 `json:"coverage"`
	// PAdjusted is Holm's, over all measures; nil below the ladder.
	PAdjusted *float64 `json:"p_adjusted"`
	Tells     bool     `json:"tells"`
}

// FoldResult is one cut-off.
type FoldResult struct {
	CutOff      time.Time `json:"cut_off"`
	Rows        int       `json:"rows"`
	Left        int       `json:"left"`
	TrainRows   int       `json:"train_rows"`
	TrainLeft   int       `json:"train_left"`
	Predicted   *float64  `json:"predicted" doc:"Mean probability; null without a training window that could calibrate."`
	Observed    Estimate  `json:"observed"`
	AUC         Estimate  `json:"auc"`
	FoundDecile float64   `json:"found_top_decile"`
}

// Segment is one segment with enough departures to be judged on its own.
type Segment struct {
	Key  string   `json:"key"`
	Rows int      `json:"rows"`
	Left int      `json:"left"`
	Rate Estimate `json:"rate"`
	AUC  Estimate `json:"auc"`
}
