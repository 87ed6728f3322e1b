package ingest

import (
	"maps"
	"slices"
	"strings"
)

// fieldType is what a field of a target expects.
type fieldType int

const (
	aText fieldType = iota
	aDate
	aMoney
	aNumber
	anInt
	aBool
	aRef // an external id of an account, contact, product or subscription
)

type field struct {
	kind     fieldType
	required bool
	dated    bool // takes valid_from
}

type targetSpec struct {
	fields     map[string]field
	needsID    bool
	attributes string // name of the key that takes named expressions; empty for none
	external   bool
}

// known_at is a field of everything that has a date of its own, which is its
// default: a back-fill of history is known when it happened.
var targets = map[Kind]targetSpec{
	KindProduct: {needsID: true, fields: map[string]field{"key": {required: true}, "name": {}}},
	KindAccount: {needsID: true, attributes: "attributes", external: true, fields: map[string]field{
		"name": {required: true}, "since": {kind: aDate, required: true}, "domain": {}, "parent": {kind: aRef},
		"stage": {dated: true}, "owner": {dated: true}, "owner_name": {}, "known_at": {kind: aDate},
	}},
	KindContact: {needsID: true, fields: map[string]field{
		"account": {kind: aRef, required: true}, "name": {required: true}, "email": {}, "title": {}, "role": {},
		"since": {kind: aDate}, "left_at": {kind: aDate},
	}},
	KindRelationship: {fields: map[string]field{
		"account": {kind: aRef, required: true}, "product": {kind: aRef, required: true}, "since": {kind: aDate, required: true},
	}},
	KindSubscription: {needsID: true, fields: map[string]field{
		"account": {kind: aRef, required: true}, "product": {kind: aRef}, "renewal_of": {kind: aRef}, "plan": {},
		"arr": {kind: aMoney}, "mrr": {kind: aMoney}, "currency": {}, "seats": {kind: anInt},
		"start": {kind: aDate, required: true}, "end": {kind: aDate}, "ended": {kind: aDate}, "end_reason": {},
		"auto_renew": {kind: aBool}, "trial": {kind: aBool}, "known_at": {kind: aDate},
	}},
	KindAttribute: {fields: map[string]field{
		"account": {kind: aRef, required: true}, "product": {kind: aRef}, "key": {required: true}, "value": {},
		"valid_from": {kind: aDate, required: true}, "valid_to": {kind: aDate}, "known_at": {kind: aDate},
	}},
	KindTicket: {needsID: true, fields: map[string]field{
		"account": {kind: aRef, required: true}, "product": {kind: aRef}, "subject": {}, "priority": {}, "requester": {},
		"opened_at": {kind: aDate, required: true}, "solved_at": {kind: aDate}, "first_reply_at": {kind: aDate},
		"first_reply_minutes": {kind: aNumber}, "resolution_hours": {kind: aNumber}, "escalated": {kind: aBool},
		"satisfaction": {kind: aNumber},
	}},
	KindActivity: {needsID: true, fields: map[string]field{
		"account": {kind: aRef, required: true}, "product": {kind: aRef}, "contact": {kind: aRef}, "kind": {required: true},
		"user": {}, "subject": {}, "body": {}, "at": {kind: aDate, required: true},
	}},
	KindChurn: {needsID: true, attributes: "properties", fields: map[string]field{
		"account": {kind: aRef, required: true}, "at": {kind: aDate, required: true}, "reason": {},
		"reactivation": {kind: aBool}, "known_at": {kind: aDate},
	}},
	KindNPS:  answerSpec,
	KindCSAT: answerSpec,
	KindEvent: {attributes: "properties", fields: map[string]field{
		"account": {kind: aRef}, "subscription": {kind: aRef}, "product": {kind: aRef}, "actor": {}, "name": {required: true},
		"at": {kind: aDate, required: true}, "value": {kind: aNumber}, "known_at": {kind: aDate},
	}},
}

var answerSpec = targetSpec{attributes: "properties", fields: map[string]field{
	"account": {kind: aRef, required: true}, "product": {kind: aRef}, "actor": {}, "at": {kind: aDate, required: true},
	"value": {kind: aNumber, required: true}, "known_at": {kind: aDate},
}}

func kindNames() string {
	names := make([]string, 0, len(targets))
	for k := range targets {
		names = append(names, string(k))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func (t targetSpec) names() string {
	names := slices.Sorted(maps.Keys(t.fields))
	if t.attributes != "" {
		names = append(names, t.attributes)
	}
	if t.external {
		names = append(names, "external")
	}
	return strings.Join(names, ", ")
}
