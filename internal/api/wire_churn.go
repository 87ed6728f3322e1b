package api

import (
	"time"

	"kept/internal/churn"
	"kept/internal/id"
	"kept/internal/money"
	"kept/internal/validate"
)

// AccountChurn is the probability that an account leaves, and what speaks for it.
type AccountChurn struct {
	Stamp
	churn.Assessment
	Forecast *ForecastHead `json:"forecast,omitempty" doc:"Absent while it is calculated."`
}

// ForecastHead is what stands behind a probability.
type ForecastHead struct {
	Scorecards []string          `json:"scorecards"`
	AsOf       time.Time         `json:"as_of"`
	Status     churn.Status      `json:"status" enum:"ok,refused,stopped"`
	Headline   string            `json:"headline"`
	Sentences  []string          `json:"sentences"`
	Learned    churn.Learned     `json:"learned"`
	BaseRate   validate.Estimate `json:"base_rate"`
	AUC        validate.Estimate `json:"auc"`
	BrierSkill validate.Estimate `json:"brier_skill"`
	Slope      validate.Estimate `json:"calibration_slope"`
	Expected   validate.Estimate `json:"expected_over_observed"`
}

// ChurnAnswer is the forecast with its back-test, or that it is being calculated.
type ChurnAnswer struct {
	Stamp
	HorizonDays int          `json:"horizon_days"`
	Calculating bool         `json:"calculating" doc:"The forecast is not there yet: ask again in a few seconds."`
	Forecast    *churn.Model `json:"forecast,omitempty"`
}

// ChurnRow is an account in a list, with its probability.
type ChurnRow struct {
	ID          id.Account        `json:"id"`
	Name        string            `json:"name"`
	Owner       *Ref              `json:"owner,omitempty"`
	Segment     *KeyTitle         `json:"segment,omitempty"`
	Score       *float64          `json:"score"`
	Band        *BandChip         `json:"band,omitempty"`
	ARR         *money.Amount     `json:"arr,omitempty"`
	Scorecard   string            `json:"scorecard"`
	State       churn.State       `json:"state" enum:"ready,calculating,refused,stopped,no_customer"`
	Refusal     string            `json:"refusal,omitempty"`
	Probability validate.Estimate `json:"probability"`
	Renewal     *churn.Renewal    `json:"renewal,omitempty"`
}

// ChurnPage is a page of accounts with probabilities.
type ChurnPage struct {
	NumberList[ChurnRow]
	HorizonDays int `json:"horizon_days"`
	// Calculating: some probabilities are not there yet; ask again in a few seconds.
	Calculating bool `json:"calculating"`
	// Notes say why accounts have no probability, once each.
	Notes []string `json:"notes"`
	// Ready is how many of all rows have a probability.
	Ready int `json:"ready"`
}
