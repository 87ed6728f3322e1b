package api

import (
	"time"

	"kept/internal/evaluate"
	"kept/internal/id"
	"kept/internal/money"
)

// List is one page of anything.
type List[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Give it as cursor to read the next page; absent on the last one."`
	Total      int64  `json:"total" doc:"How many items there are on all pages."`
}

// Stamp says as of when and under which model numbers were computed.
type Stamp struct {
	AsOf         time.Time `json:"as_of"`
	ModelVersion int64     `json:"model_version"`
	// Known is set when numbers of the past are as corrected since.
	Known evaluate.Known `json:"known,omitempty" enum:"as_of,now"`
}

// NumberList is a page of things with numbers.
type NumberList[T any] struct {
	Stamp
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Give it as cursor to read the next page; absent on the last one."`
	Total      int64  `json:"total" doc:"How many items there are on all pages."`
}

// Ref names something by id.
type Ref struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// KeyTitle names a part of the model.
type KeyTitle struct {
	Key   string `json:"key"`
	Title string `json:"title"`
}

// ProductRef names a product line.
type ProductRef struct {
	ID   id.Product `json:"id"`
	Key  string     `json:"key"`
	Name string     `json:"name"`
}

// BandChip is how a band is shown: never by colour alone.
type BandChip struct {
	Key    string `json:"key"`
	Title  string `json:"title"`
	Color  string `json:"color"`
	Letter string `json:"letter"`
}

// ExternalID is an account's identifier in an outside system.
type ExternalID struct {
	Source   string `json:"source" minLength:"1" maxLength:"64"`
	External string `json:"external" minLength:"1" maxLength:"256"`
}

// AccountRow is one account with its numbers as of an instant.
type AccountRow struct {
	ID            id.Account          `json:"id"`
	Name          string              `json:"name"`
	Domain        string              `json:"domain,omitempty"`
	ParentID      id.Account          `json:"parent_id,omitempty"`
	ExternalIDs   []ExternalID        `json:"external_ids,omitempty" doc:"Only when a single account is read."`
	Owner         *Ref                `json:"owner,omitempty"`
	Segment       *KeyTitle           `json:"segment,omitempty"`
	Stage         string              `json:"stage"`
	Status        string              `json:"status" enum:"active,trial,churned,inactive"`
	Active        bool                `json:"active"`
	ChurnedAt     time.Time           `json:"churned_at,omitzero"`
	Since         time.Time           `json:"since"`
	Score         *float64            `json:"score"`
	ComputedScore *float64            `json:"computed_score"`
	Band          *BandChip           `json:"band,omitempty"`
	Coverage      float64             `json:"coverage"`
	Scorecard     string              `json:"scorecard"`
	Overridden    bool                `json:"overridden"`
	Stale         bool                `json:"stale"`
	Delta30       *float64            `json:"delta_30"`
	Delta90       *float64            `json:"delta_90"`
	ARR           *money.Amount       `json:"arr,omitempty"`
	RenewalAt     *time.Time          `json:"renewal_at"`
	DaysToRenewal *int                `json:"days_to_renewal"`
	Spark         []*float64          `json:"spark" doc:"Weekly scores of the last 26 weeks, oldest first."`
	Tags          []string            `json:"tags,omitempty"`
	Metrics       map[string]*float64 `json:"metrics,omitempty" doc:"Only those asked for."`
	Attributes    map[string]any      `json:"attributes,omitempty" doc:"Only those asked for."`
}

// AccountFacets counts the whole filtered set; the key none stands for accounts without a band.
type AccountFacets struct {
	Band      map[string]int   `json:"band"`
	Segment   map[string]int   `json:"segment"`
	ARRByBand map[string]int64 `json:"arr_by_band" doc:"Minor units of the currency."`
	Currency  string           `json:"currency"`
}

// AccountPage is a page of accounts with the counts of the whole set.
type AccountPage struct {
	NumberList[AccountRow]
	Facets AccountFacets `json:"facets"`
}

// RelationshipLine is an account's life with one product line.
type RelationshipLine struct {
	Product     ProductRef    `json:"product"`
	Since       time.Time     `json:"since"`
	ARR         *money.Amount `json:"arr,omitempty"`
	Seats       *float64      `json:"seats"`
	ActiveUsers *float64      `json:"active_users" doc:"Distinct actors of the last 28 days."`
	Score       *float64      `json:"score"`
}

// NextAction is something worth doing next.
type NextAction struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
	Link string `json:"link"`
}

// ChildAccount is an account below another.
type ChildAccount struct {
	ID    id.Account    `json:"id"`
	Name  string        `json:"name"`
	ARR   *money.Amount `json:"arr,omitempty"`
	Score *float64      `json:"score"`
	Band  *BandChip     `json:"band,omitempty"`
}

// AccountDetail is one account with all that its page shows first.
type AccountDetail struct {
	Stamp
	AccountRow
	Parent             *Ref               `json:"parent,omitempty"`
	ContactsCount      int                `json:"contacts_count"`
	SubscriptionsCount int                `json:"subscriptions_count"`
	TicketsOpen        int                `json:"tickets_open"`
	ActivitiesCount    int                `json:"activities_count"`
	Whitespace         []ProductRef       `json:"whitespace" doc:"Product lines that the account does not have."`
	Relationships      []RelationshipLine `json:"relationships"`
	LastActivityAt     *time.Time         `json:"last_activity_at"`
	NewestEventAt      *time.Time         `json:"newest_event_at"`
	NextActions        []NextAction       `json:"next_actions"`
	Summary            string             `json:"summary" doc:"A sentence on what changed in 30 days."`
	Children           []ChildAccount     `json:"children"`
}

// Freshness says how new the data behind the numbers are.
type Freshness struct {
	NewestEventAt    *time.Time `json:"newest_event_at"`
	Events           int64      `json:"events"`
	Accounts         int        `json:"accounts"`
	LastEvaluationAt *time.Time `json:"last_evaluation_at"`
	SlowestSource    string     `json:"slowest_source,omitempty"`
	Late             bool       `json:"late"`
	ModelVersion     int64      `json:"model_version"`
}
