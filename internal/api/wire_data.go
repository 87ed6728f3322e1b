package api

import (
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/usage"
)

// UserRow is one of our own staff.
type UserRow struct {
	ID         id.User   `json:"id"`
	Email      string    `json:"email"`
	Name       string    `json:"name"`
	Role       string    `json:"role"`
	Department string    `json:"department,omitempty"`
	Disabled   bool      `json:"disabled"`
	CreatedAt  time.Time `json:"created_at"`
	LastSeenAt time.Time `json:"last_seen_at,omitzero"`
}

// Company is whose installation this is.
type Company struct {
	Name string `json:"name"`
}

// SessionInfo is who is signed in and what they may do.
type SessionInfo struct {
	User        UserRow   `json:"user"`
	Permissions []string  `json:"permissions"`
	Company     Company   `json:"company"`
	Version     string    `json:"version"`
	Setup       bool      `json:"setup"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
}

// TokenRow is an API token without its secret.
type TokenRow struct {
	ID         id.Token  `json:"id"`
	Name       string    `json:"name"`
	Role       string    `json:"role"`
	Hint       string    `json:"hint" doc:"The secret's start and last four characters."`
	CreatedAt  time.Time `json:"created_at"`
	CreatedBy  string    `json:"created_by,omitempty"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
}

// NewToken is a token at its creation, the only time its secret is shown.
type NewToken struct {
	TokenRow
	Secret string `json:"secret"`
}

// WriteKeyRow is a source's write key without its secret.
type WriteKeyRow struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	Source     string    `json:"source"`
	Hint       string    `json:"hint"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at,omitzero"`
}

// NewWriteKey is a write key at its creation.
type NewWriteKey struct {
	WriteKeyRow
	Secret string `json:"secret"`
}

// AuditRow is one change and who made it.
type AuditRow struct {
	ID     int64     `json:"id"`
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Action string    `json:"action"`
	Object string    `json:"object,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

// SubscriptionRow is a subscription as of an instant.
type SubscriptionRow struct {
	customer.Subscription
	ProductName string `json:"product_name,omitempty"`
	InForce     bool   `json:"in_force"`
}

// ActivityRow is an activity with names.
type ActivityRow struct {
	customer.Activity
	UserName    string `json:"user_name,omitempty"`
	ContactName string `json:"contact_name,omitempty"`
}

// AttributeRow is what holds for an attribute.
type AttributeRow struct {
	Key       string             `json:"key"`
	Title     string             `json:"title"`
	Type      customer.ValueType `json:"type"`
	Unit      string             `json:"unit,omitempty"`
	Value     any                `json:"value"`
	ValidFrom time.Time          `json:"valid_from"`
	ValidTo   time.Time          `json:"valid_to,omitzero"`
	KnownAt   time.Time          `json:"known_at"`
	Source    string             `json:"source,omitempty"`
	Author    string             `json:"author,omitempty"`
	Reason    string             `json:"reason,omitempty"`
}

// TimelineItem is one thing on the account's time line.
type TimelineItem struct {
	At      time.Time `json:"at"`
	Kind    string    `json:"kind" enum:"activity,ticket,subscription,event,fact,override,band_change"`
	Title   string    `json:"title"`
	Body    string    `json:"body,omitempty"`
	Ref     string    `json:"ref,omitempty"`
	Actor   string    `json:"actor,omitempty"`
	Product string    `json:"product,omitempty"`
}

// SourceRow is where data come from.
type SourceRow struct {
	Name          string     `json:"name"`
	Kind          string     `json:"kind"`
	Objects       int64      `json:"objects"`
	NewestEventAt *time.Time `json:"newest_event_at"`
	LastImport    *time.Time `json:"last_import"`
	Status        string     `json:"status" enum:"ok,late,failed,empty"`
}

// ObjectCount says what an import did to one kind of object.
type ObjectCount struct {
	Read      int64 `json:"read"`
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Unchanged int64 `json:"unchanged"`
	Rejected  int64 `json:"rejected"`
}

// QualityFinding is one rule of the data-quality report that found something.
type QualityFinding struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Count    int64  `json:"count"`
	Says     string `json:"says" doc:"What the rule found, in words."`
	Example  string `json:"example"`
	WhatToDo string `json:"what_to_do,omitempty"`
}

// ImportReport is what an import did.
type ImportReport struct {
	Objects map[string]ObjectCount `json:"objects"`
	Quality []QualityFinding       `json:"quality"`
	Rejects int64                  `json:"rejects"`
}

// ImportProgress is how far an import is.
type ImportProgress struct {
	Read       int64    `json:"read" doc:"Rows."`
	TotalBytes int64    `json:"total_bytes"`
	DoneBytes  int64    `json:"done_bytes"`
	Rate       float64  `json:"rate" doc:"Rows a second."`
	ETASeconds *float64 `json:"eta_seconds"`
}

// ImportRow is one import.
type ImportRow struct {
	ID         id.Import      `json:"id"`
	Name       string         `json:"name"`
	State      string         `json:"state" enum:"queued,running,done,failed,cancelled"`
	DryRun     bool           `json:"dry_run"`
	Progress   ImportProgress `json:"progress"`
	Report     *ImportReport  `json:"report,omitempty"`
	Error      string         `json:"error,omitempty"`
	StartedAt  time.Time      `json:"started_at"`
	FinishedAt time.Time      `json:"finished_at,omitzero"`
	By         string         `json:"by"`
}

// InspectedColumn is a column of an inspected file.
type InspectedColumn struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Samples []string `json:"samples"`
	Empty   int64    `json:"empty" doc:"Rows without a value, among those looked at."`
	Formats []string `json:"formats,omitempty" doc:"Date formats that read every value; several mean that one has to be chosen."`
}

// Inspection is what a file looks like, with a mapping to start from.
type Inspection struct {
	Columns         []InspectedColumn `json:"columns"`
	Rows            int64             `json:"rows" doc:"Rows looked at."`
	Delimiter       string            `json:"delimiter,omitempty"`
	Encoding        string            `json:"encoding"`
	Format          string            `json:"format"`
	Sheets          []string          `json:"sheets,omitempty" doc:"Sheets of a workbook; the first one was looked at."`
	ProposedMapping string            `json:"proposed_mapping"`
	UploadID        string            `json:"upload_id,omitempty" doc:"Give it to POST /imports within a day instead of sending the file again."`
}

// EventName is an event name with its count.
type EventName struct {
	Name  string    `json:"name"`
	Count int64     `json:"count"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// EventPage is a page of events.
type EventPage = List[usage.Event]

// ViewDefinition is how a table is shown.
type ViewDefinition struct {
	Filter  string   `json:"filter,omitempty" maxLength:"4000"`
	Sort    string   `json:"sort,omitempty" maxLength:"200"`
	Columns []string `json:"columns,omitempty" maxItems:"60"`
	Density string   `json:"density,omitempty" enum:"comfortable,compact"`
}

// ViewRow is a saved view.
type ViewRow struct {
	ID         id.View        `json:"id"`
	Name       string         `json:"name"`
	Page       string         `json:"page"`
	Scope      string         `json:"scope" enum:"mine,team"`
	Mine       bool           `json:"mine"`
	Definition ViewDefinition `json:"definition"`
	UpdatedAt  time.Time      `json:"updated_at"`
}

// SearchHit is one answer of the command palette.
type SearchHit struct {
	Kind     string `json:"kind" enum:"account,contact,metric,scorecard,page"`
	ID       string `json:"id"`
	Title    string `json:"title"`
	Subtitle string `json:"subtitle"`
	Link     string `json:"link"`
}
