package api

import (
	"context"
	"crypto/rand"
	"net/mail"
	"regexp"
	"strings"
	"time"

	"kept/internal/customer"
	"kept/internal/fault"
	"kept/internal/id"
	"kept/internal/ingest"
	"kept/internal/usage"
)

func (s *Server) createContact(ctx context.Context, in *newContactInput) (customer.Contact, error) {
	var none customer.Contact
	account, err := s.existing(ctx, in.ID)
	if err != nil {
		return none, err
	}
	now := s.clock.Now().Truncate(time.Microsecond)
	c := customer.Contact{AccountID: account, Name: strings.TrimSpace(in.Body.Name), Email: strings.TrimSpace(in.Body.Email), Title: in.Body.Title, Role: in.Body.Role, Since: now, UpdatedAt: now}
	if c.Email != "" {
		if a, err := mail.ParseAddress(c.Email); err != nil || a.Address != c.Email {
			return none, fault.At("email", "%.80q is not an e-mail address: use the form name@example.com", c.Email)
		}
	}
	if c.ID, err = id.New[id.Contact](now, rand.Reader); err != nil {
		return none, err
	}
	err = s.opt.Records.InTx(ctx, func(tx customer.Tx) error {
		_, err := tx.PutContacts(ctx, []customer.Contact{c})
		return err
	})
	if err != nil {
		return none, err
	}
	return c, s.audit(ctx, "create", "contact", string(c.ID), "")
}

// createActivity logs an activity, as a record and as an event. The event comes
// second and carries the activity's id: if it fails, sending the activity again
// makes another one, and the record alone is what the time line shows.
func (s *Server) createActivity(ctx context.Context, in *newActivityInput) (ActivityRow, error) {
	var out ActivityRow
	account, err := s.existing(ctx, in.ID)
	if err != nil {
		return out, err
	}
	now := s.clock.Now().Truncate(time.Microsecond)
	at, err := parseInstant("at", in.Body.At)
	if err != nil {
		return out, err
	}
	if at.IsZero() {
		at = now
	}
	if at.After(now.Add(day)) {
		return out, fault.At("at", "is in the future: log an activity once it has happened")
	}
	a := customer.Activity{AccountID: account, UserID: callerOf(ctx).UserID, Kind: in.Body.Kind, Subject: in.Body.Subject, Body: in.Body.Body, At: at, CreatedAt: now}
	one := customer.Filter{Accounts: []id.Account{account}, Page: customer.Page{Limit: customer.Everything}}
	if in.Body.ContactID != "" {
		names, err := s.contactNames(ctx, one)
		if err != nil {
			return out, err
		}
		name, ok := names[id.Contact(in.Body.ContactID)]
		if !ok {
			return out, fault.At("contact_id", "is nobody at this account: choose one of its contacts")
		}
		a.ContactID, out.ContactName = id.Contact(in.Body.ContactID), name
	}
	product, err := s.productKey(ctx, in.Body.ProductID)
	if err != nil {
		return out, err
	}
	a.ProductID = id.Product(in.Body.ProductID)
	if a.ID, err = id.New[id.Activity](now, rand.Reader); err != nil {
		return out, err
	}
	err = s.opt.Records.InTx(ctx, func(tx customer.Tx) error {
		_, err := tx.PutActivities(ctx, []customer.Activity{a})
		return err
	})
	if err != nil {
		return out, err
	}
	if _, err := s.opt.Events.Append(ctx, knownNow(ingest.ActivityEvents(&a, product, manualSource), now)); err != nil {
		return out, err
	}
	out.Activity, out.UserName = a, s.names.of(ctx, a.UserID)
	return out, s.refresh(ctx)
}

// knownNow says that Kept learned of the events now.
func knownNow(events []usage.Event, now time.Time) []usage.Event {
	for i := range events {
		if events[i].KnownAt.Before(now) {
			events[i].KnownAt = now
		}
	}
	return events
}

func (s *Server) productKey(ctx context.Context, ref string) (string, error) {
	if ref == "" {
		return "", nil
	}
	all, err := s.opt.Records.Products(ctx)
	if err != nil {
		return "", err
	}
	for _, p := range all {
		if string(p.ID) == ref {
			return p.Key, nil
		}
	}
	return "", fault.At("product_id", "there is no such product: choose one that exists")
}

// attributeKey is the form of an attribute's key.
var attributeKey = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

func (s *Server) setAttribute(ctx context.Context, in *newAttributeInput) (AttributeRow, error) {
	var out AttributeRow
	account, err := s.existing(ctx, in.ID)
	if err != nil {
		return out, err
	}
	if !attributeKey.MatchString(in.Body.Key) || in.Body.Key == customer.FactOwner || in.Body.Key == customer.FactStage {
		return out, fault.At("key", "%.60q is not an attribute's key: use lower case letters, digits and _; owner and stage are changed on the account", in.Body.Key)
	}
	defs, err := s.attributeDefs(ctx)
	if err != nil {
		return out, err
	}
	val, err := typedValue(in.Body.Value, defs[in.Body.Key].Type)
	if err != nil {
		return out, err
	}
	f := s.fact(ctx, account, in.Body.Key, val)
	if f.ValidFrom, err = s.validFrom(in.Body.ValidFrom, f.ValidFrom); err != nil {
		return out, err
	}
	f.Reason = in.Body.Reason
	return s.addFact(ctx, &f, defs, "set_attribute")
}

func (s *Server) validFrom(given string, now time.Time) (time.Time, error) {
	from, err := parseInstant("valid_from", given)
	if err != nil || from.IsZero() {
		return now, err
	}
	if from.After(now) {
		return now, fault.At("valid_from", "is in the future: state what holds already")
	}
	return from, nil
}

func (s *Server) addFact(ctx context.Context, f *customer.Fact, defs map[string]customer.AttributeDef, action string) (AttributeRow, error) {
	err := s.opt.Records.InTx(ctx, func(tx customer.Tx) error {
		_, err := tx.AddFacts(ctx, []customer.Fact{*f})
		return err
	})
	if err != nil {
		return AttributeRow{}, err
	}
	if err := s.audit(ctx, action, "account", string(f.AccountID), f.Key); err != nil {
		return AttributeRow{}, err
	}
	return s.attributeRow(ctx, f, defs), s.refresh(ctx)
}

// typedValue reads a JSON value as the declared type; an undeclared attribute
// takes the type that it comes with.
func typedValue(v any, want customer.ValueType) (customer.Value, error) {
	var val customer.Value
	switch v := v.(type) {
	case nil:
		return val, nil // clears
	case string:
		if len(v) > 4000 {
			return val, fault.At("value", "is longer than 4,000 bytes")
		}
		val = customer.TextValue(v)
		if want == customer.Date {
			t, err := parseInstant("value", v)
			if err != nil {
				return val, err
			}
			val = customer.DateValue(t)
		}
	case float64:
		val = customer.NumberValue(v)
	case bool:
		val = customer.BoolValue(v)
	default:
		return val, fault.At("value", "is a list or an object: use text, a number, true or false, or a date")
	}
	if want != "" && val.Type != want {
		return val, fault.At("value", "has to be a %s, because the attribute is declared so", want)
	}
	return val, nil
}

func (s *Server) setManual(ctx context.Context, in *newManualInput) (AttributeRow, error) {
	var out AttributeRow
	account, err := s.existing(ctx, in.ID)
	if err != nil {
		return out, err
	}
	if !attributeKey.MatchString(in.Body.Key) {
		return out, fault.At("key", "%.60q is not a key: use lower case letters, digits and _", in.Body.Key)
	}
	f := s.fact(ctx, account, customer.ManualPrefix+in.Body.Key, customer.NumberValue(in.Body.Value))
	f.Reason = in.Body.Reason
	if f.ValidTo, err = parseInstant("valid_to", in.Body.ValidTo); err != nil {
		return out, err
	}
	if !f.ValidTo.IsZero() && !f.ValidTo.After(f.ValidFrom) {
		return out, fault.At("valid_to", "is not in the future: choose a later day, or leave it out")
	}
	return s.addFact(ctx, &f, map[string]customer.AttributeDef{}, "set_manual")
}
