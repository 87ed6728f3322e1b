package collect

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/usage"
)

// The types of messages.
const (
	Identify = "identify"
	Group    = "group"
	Track    = "track"
	Page     = "page"
	Screen   = "screen"
	Alias    = "alias"
)

var types = []string{Identify, Group, Track, Page, Screen, Alias}

// Message is one message, in one form for all clients.
type Message struct {
	Type string
	// ID makes it idempotent; derived from its content when the client sent none.
	ID          string
	UserID      string
	AnonymousID string
	GroupID     string
	PreviousID  string
	// Name is what the event is called; of a page or screen it is its title.
	Name       string
	At         time.Time // after correction for the client's clock
	ReceivedAt time.Time
	Properties map[string]any
	Traits     map[string]any
	Product    string
	// Flags say what was odd about it, in words.
	Flags []string
}

// maxSkew is how far in the future an event may lie: clocks of other machines,
// and time zones that were forgotten.
const maxSkew = 24 * time.Hour

// wire is a message as clients send it.
type wire struct {
	Type              text        `json:"type"`
	MessageID         text        `json:"messageId"`
	UUID              text        `json:"uuid"`
	UserID            text        `json:"userId"`
	AnonymousID       text        `json:"anonymousId"`
	DistinctID        text        `json:"distinct_id"`
	GroupID           text        `json:"groupId"`
	PreviousID        text        `json:"previousId"`
	Event             text        `json:"event"`
	Name              text        `json:"name"`
	Category          text        `json:"category"`
	Timestamp         when        `json:"timestamp"`
	OriginalTimestamp when        `json:"originalTimestamp"`
	SentAt            when        `json:"sentAt"`
	Properties        object      `json:"properties"`
	Traits            object      `json:"traits"`
	Set               object      `json:"$set"`
	SetOnce           object      `json:"$set_once"`
	Context           contextPart `json:"context"`
}

// contextPart is the part of a message's context that means something to Kept.
type contextPart struct {
	GroupID text   `json:"groupId"`
	Product text   `json:"product"`
	Traits  object `json:"traits"`
	odd     bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *contextPart) UnmarshalJSON(raw []byte) error {
	if raw[0] != '{' {
		c.odd = raw[0] != 'n'
		return nil
	}
	type fields contextPart
	return json.Unmarshal(raw, (*fields)(c)) //nolint:wrapcheck // the decoder says where
}

// Decode returns the messages of an entry, and those that cannot be read, each
// with the reason. It never fails as a whole: the entry was opened before.
func Decode(e *Entry) (messages []Message, rejects []Reject) {
	body := trimBOM(e.Body)
	var items []json.RawMessage
	var batch struct {
		Batch   []json.RawMessage `json:"batch"`
		SentAt  when              `json:"sentAt"`
		Context contextPart       `json:"context"`
	}
	if e.Kind != "" {
		items = []json.RawMessage{body}
	} else {
		if err := json.Unmarshal(body, &batch); err != nil {
			return nil, []Reject{reject(e, 0, body, "the batch cannot be read: "+err.Error())}
		}
		items = batch.Batch
	}
	messages = make([]Message, 0, len(items))
	for i, raw := range items {
		if raw == nil || raw[0] != '{' {
			what := "null"
			if raw != nil {
				what = jsonKind(raw)
			}
			rejects = append(rejects, reject(e, i, raw, "a message is an object, not "+what))
			continue
		}
		var w wire
		if err := json.Unmarshal(raw, &w); err != nil {
			rejects = append(rejects, reject(e, i, raw, "cannot be read: "+err.Error()))
			continue
		}
		if e.Kind != "" {
			w.Type = text(e.Kind)
		}
		w.inherit(&batch.Context)
		if w.SentAt.at.IsZero() {
			w.SentAt = batch.SentAt
		}
		m, err := w.message(e, raw)
		if err != nil {
			rejects = append(rejects, reject(e, i, raw, err.Error()))
			continue
		}
		messages = append(messages, m)
	}
	return messages, rejects
}

func reject(e *Entry, i int, raw []byte, reason string) Reject {
	return Reject{
		ID: fmt.Sprintf("%d.%d", e.ID, i), Source: e.Source, ReceivedAt: e.ReceivedAt, Reason: reason,
		Body: strings.ReplaceAll(strings.ToValidUTF8(string(raw), "\uFFFD"), "\x00", "\uFFFD"),
	}
}

// inherit merges the batch's context below the message's own, key by key.
func (w *wire) inherit(c *contextPart) {
	if w.Context.GroupID == "" {
		w.Context.GroupID = c.GroupID
	}
	if w.Context.Product == "" {
		w.Context.Product = c.Product
	}
	for k, v := range c.Traits.m {
		if _, own := w.Context.Traits.m[k]; !own {
			if w.Context.Traits.m == nil {
				w.Context.Traits.m = map[string]any{}
			}
			w.Context.Traits.m[k] = v
		}
	}
}

// message brings a message into its one form.
func (w *wire) message(e *Entry, raw []byte) (Message, error) {
	m := Message{
		Type: strings.ToLower(string(w.Type)), ID: string(w.MessageID), UserID: string(w.UserID), AnonymousID: string(w.AnonymousID),
		GroupID: string(w.GroupID), PreviousID: string(w.PreviousID), Name: string(w.Event), ReceivedAt: e.ReceivedAt,
		Properties: w.Properties.m, Traits: w.Traits.m, Product: string(w.Context.Product),
	}
	for what, odd := range map[string]bool{"properties": w.Properties.odd, "traits": w.Traits.odd, "context": w.Context.odd} {
		if odd {
			m.flag(what + " is not an object")
		}
	}
	if w.DistinctID != "" || w.UserID == "" && w.AnonymousID == "" && m.Properties["distinct_id"] != nil {
		w.posthog(&m)
	}
	if m.GroupID == "" {
		m.GroupID = string(w.Context.GroupID)
	}
	switch {
	case m.Type == Page || m.Type == Screen:
		if m.Name == "" {
			m.Name = string(w.Name)
		}
		m.title(w)
	case m.Type == Identify && len(m.Traits) == 0:
		m.Traits = w.Context.Traits.m
	case m.Type == "" && m.Name != "":
		m.Type = Track
		m.flag("type is missing: taken as track")
	case m.Type == "":
		return m, fault.At("type", "is missing, and there is no event: send one of %s", strings.Join(types, ", "))
	case !slices.Contains(types, m.Type):
		m.flag("unknown type " + m.Type)
		if m.Name == "" {
			m.Name = m.Type
		}
	}
	m.time(w)
	m.clean()
	return m, m.identifyItself(e.Source, raw)
}

// title keeps the name and category of a page in its properties.
func (m *Message) title(w *wire) {
	for key, v := range map[string]text{"name": text(m.Name), "category": w.Category} {
		if _, there := m.Properties[key]; v != "" && !there {
			if m.Properties == nil {
				m.Properties = map[string]any{}
			}
			m.Properties[key] = string(v)
		}
	}
}

// posthog reads what PostHog's clients write elsewhere.
func (w *wire) posthog(m *Message) {
	p := m.Properties
	m.ID, m.UserID = firstText(m.ID, string(w.UUID)), firstText(m.UserID, string(w.DistinctID), textOf(p["distinct_id"]))
	switch m.Name {
	case "$identify":
		m.Type, m.AnonymousID = Identify, firstText(m.AnonymousID, textOf(p["$anon_distinct_id"]))
		m.Traits = merged(w.SetOnce.m, w.Set.m, asObject(p["$set_once"]), asObject(p["$set"]))
	case "$create_alias":
		m.Type, m.UserID, m.PreviousID = Alias, firstText(textOf(p["distinct_id"]), m.UserID), textOf(p["alias"])
	case "$groupidentify":
		m.Type, m.GroupID, m.Traits = Group, textOf(p["$group_key"]), asObject(p["$group_set"])
		m.UserID = "" // it names the group itself
	case "$pageview":
		m.Type, m.Name = Page, firstText(textOf(p["title"]), textOf(p["$pathname"]))
	case "$screen":
		m.Type, m.Name = Screen, textOf(p["$screen_name"])
	default:
		m.Type = Track
	}
	if groups := asObject(p["$groups"]); m.GroupID == "" && len(groups) > 0 {
		// Which type of group is the customer differs; these words say it, and
		// otherwise the first by name.
		for _, kind := range append([]string{"company", "account", "organization", "organisation", "customer", "workspace", "tenant"}, slices.Sorted(maps.Keys(groups))...) {
			if m.GroupID = textOf(groups[kind]); m.GroupID != "" {
				break
			}
		}
	}
}

// time corrects the message's time by what the client's clock is off.
func (m *Message) time(w *wire) {
	t := w.OriginalTimestamp
	if t.at.IsZero() {
		t = w.Timestamp
	}
	if w.OriginalTimestamp.odd || t.odd {
		m.flag("timestamp cannot be read: taken as received")
	}
	m.At = t.at
	switch {
	case t.at.IsZero():
		m.At = m.ReceivedAt
	case !w.SentAt.at.IsZero():
		m.At = m.ReceivedAt.Add(t.at.Sub(w.SentAt.at))
	}
	m.At = m.At.UTC()
	if m.At.After(m.ReceivedAt.Add(maxSkew)) || m.At.Before(usage.MinTime) || t.at.Year() > 9999 {
		m.flag("timestamp " + t.at.Format(time.RFC3339) + " is out of range: taken as received")
		m.At = m.ReceivedAt
	}
}

// clean takes out of texts what no store can keep.
func (m *Message) clean() {
	for _, s := range []*string{&m.Type, &m.ID, &m.UserID, &m.AnonymousID, &m.GroupID, &m.PreviousID, &m.Name, &m.Product} {
		if strings.ContainsRune(*s, 0) {
			*s = strings.ReplaceAll(*s, "\x00", "\uFFFD")
			m.flag("a NUL character was replaced")
		}
		*s = strings.ToValidUTF8(*s, "\uFFFD")
	}
}

// shortID is the length below which an id cannot be unique in the world: it
// counts within its source only.
const shortID = 16

// identifyItself makes the message's id, and checks the others.
func (m *Message) identifyItself(source string, raw []byte) error {
	for field, v := range map[string]string{"userId": m.UserID, "anonymousId": m.AnonymousID, "groupId": m.GroupID, "previousId": m.PreviousID} {
		if len(v) > maxKey {
			return fault.At(field, "is %d bytes long, more than the limit of %d", len(v), maxKey)
		}
	}
	if len(m.Name) > usage.MaxNameBytes && m.Type != Page && m.Type != Screen {
		return fault.At("event", "is %d bytes long, more than the limit of %d", len(m.Name), usage.MaxNameBytes)
	}
	switch {
	case m.ID == "":
		m.ID = "h:" + m.fingerprint(source, raw)
	case len(m.ID) > usage.MaxMessageIDBytes:
		sum := sha256.Sum256([]byte(m.ID))
		m.ID = "l:" + hex.EncodeToString(sum[:])
	case len(m.ID) < shortID:
		m.ID = source + ":" + m.ID
	}
	switch {
	case m.Type == Group && m.GroupID == "":
		return fault.At("groupId", "is missing: a group message says which group")
	case m.Type == Alias && (m.UserID == "" && m.AnonymousID == "" || m.PreviousID == ""):
		return fault.At("previousId", "is missing: an alias names userId and previousId")
	case m.Type == Track && m.Name == "":
		return fault.At("event", "is missing: a track message says what happened")
	case m.UserID == "" && m.AnonymousID == "" && m.GroupID == "":
		m.flag("names nobody: neither userId nor anonymousId nor groupId")
	}
	return nil
}

// maxKey bounds ids of users and groups, so that source:id fits an actor.
const maxKey = usage.MaxActorBytes - usage.MaxSourceBytes - len(AnonymousPrefix) - 1

// fingerprint tells messages without an id apart: who, what, when, with what.
// Two that are equal in all of this are one.
func (m *Message) fingerprint(source string, raw []byte) string {
	h := sha256.New()
	properties, err := json.Marshal(m.Properties)
	if err != nil {
		properties = raw
	}
	// The client's own time, not the corrected one: a retry has another sentAt.
	var t struct {
		Timestamp, OriginalTimestamp text
	}
	_ = json.Unmarshal(raw, &t) // it was read before
	for _, part := range []string{source, m.Type, m.UserID, m.AnonymousID, m.GroupID, m.PreviousID, m.Name, string(t.OriginalTimestamp), string(t.Timestamp), string(properties)} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part) // a hash does not fail
	}
	if traits, err := json.Marshal(m.Traits); err == nil && len(m.Traits) > 0 {
		_, _ = h.Write(traits) // as above
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func (m *Message) flag(what string) { m.Flags = append(m.Flags, what) }

func firstText(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// textOf returns a JSON value as a text, as text.UnmarshalJSON does.
func textOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(raw)
}

func asObject(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

func merged(list ...map[string]any) map[string]any {
	out := map[string]any{}
	for _, m := range list {
		maps.Copy(out, m)
	}
	return out
}
