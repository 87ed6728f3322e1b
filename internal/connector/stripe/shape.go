package stripe

import (
	"math/big"
	"strconv"

	"kept/internal/connector"
	"kept/internal/fault"
	"kept/internal/money"
)

// shape makes a row of an object, with what the mapping cannot compute itself
// under "kept": amounts in major units, the yearly value of a subscription, its
// term.
func shape(name string, o map[string]any) (connector.Row, error) {
	key := connector.Text(o, "id")
	if key == "" {
		return connector.Row{}, fault.New(fault.Invalid, "Stripe sent an object without id among its %s: check the address", name)
	}
	if c := connector.Object(o, "customer"); c != nil { // an expanded one
		o["customer"] = connector.Text(c, "id")
	}
	var own map[string]any
	switch name {
	case customers:
		own = shapeCustomer(o)
	case subscriptions:
		own = shapeSubscription(o)
	case invoices:
		own = shapeInvoice(o)
	}
	if own != nil {
		o["kept"] = own
	}
	return connector.Row{Key: key, Data: o}, nil
}

// shapeCustomer gives a customer a name: Stripe does not ask for one.
func shapeCustomer(o map[string]any) map[string]any {
	name := connector.Text(o, "name")
	for _, other := range []string{"description", "email", "id"} {
		if name == "" {
			name = connector.Text(o, other)
		}
	}
	created, _ := connector.Whole(o, "created")
	return map[string]any{"name": name, "since": connector.Instant(created), "deleted": connector.True(o, "deleted")}
}

// perYear is how many intervals a year has.
var perYear = map[string]*big.Rat{
	"day": big.NewRat(365, 1), "week": big.NewRat(365, 7), "month": big.NewRat(12, 1), "year": big.NewRat(1, 1),
}

// shapeSubscription adds up the items. Their periods are on the items, each with
// its own price; the yearly value is unit amount × quantity × intervals a year,
// less discounts that last for ever. Metered prices bring no fixed amount.
func shapeSubscription(o map[string]any) map[string]any {
	currency := money.Currency(upper(connector.Text(o, "currency")))
	total := new(big.Rat)
	largest := big.NewRat(-1, 1)
	var seats, end int64
	product, plan, interval, metered := "", "", "", false
	items := connector.Objects(connector.Object(o, "items"), "data")
	for _, item := range items {
		price := connector.Object(item, "price")
		recurring := connector.Object(price, "recurring")
		quantity, counted := connector.Whole(item, "quantity")
		if !counted {
			quantity = 1
		}
		if connector.Text(recurring, "usage_type") == "metered" {
			metered = true
			quantity = 0
		}
		value := yearly(price, recurring, quantity)
		total.Add(total, value)
		if value.Cmp(largest) > 0 {
			largest = value
			product, plan = ident(price["product"]), connector.Text(price, "nickname")
			if plan == "" {
				plan = connector.Text(price, "id")
			}
			interval = connector.Text(recurring, "interval")
		}
		seats += quantity
		if until, ok := connector.Whole(item, "current_period_end"); ok && until > end {
			end = until
		}
	}
	total = discounted(o, total)
	out := map[string]any{
		"arr": major(total, currency), "currency": string(currency), "seats": strconv.FormatInt(seats, 10), "product": product, "plan": plan,
		"metered": metered, "items": strconv.Itoa(len(items)),
	}
	term(o, out, end, interval)
	return out
}

func yearly(price, recurring map[string]any, quantity int64) *big.Rat {
	amount := new(big.Rat)
	if text := connector.Text(price, "unit_amount_decimal"); text != "" {
		if r, ok := new(big.Rat).SetString(text); ok && len(text) < 40 {
			amount = r
		}
	} else if n, ok := connector.Whole(price, "unit_amount"); ok {
		amount.SetInt64(n)
	}
	factor := perYear[connector.Text(recurring, "interval")]
	if factor == nil {
		return new(big.Rat)
	}
	count, ok := connector.Whole(recurring, "interval_count")
	if !ok || count < 1 {
		count = 1
	}
	amount.Mul(amount, new(big.Rat).SetInt64(quantity))
	amount.Mul(amount, factor)
	return amount.Quo(amount, new(big.Rat).SetInt64(count))
}

// discounted takes off the percentages that last for ever. What ends after some
// months is a promotion, not a lower price; amounts off are not tied to an
// interval, so Kept leaves them.
func discounted(o map[string]any, total *big.Rat) *big.Rat {
	for _, d := range connector.Objects(o, "discounts") {
		coupon := connector.Object(d, "coupon")
		if source := connector.Object(d, "source"); source != nil && coupon == nil {
			coupon = connector.Object(source, "coupon")
		}
		percent, ok := new(big.Rat).SetString(connector.Text(coupon, "percent_off"))
		if !ok || connector.Text(coupon, "duration") != "forever" || percent.Sign() < 0 || percent.Cmp(big.NewRat(100, 1)) > 0 {
			continue
		}
		left := new(big.Rat).Sub(big.NewRat(100, 1), percent)
		total = new(big.Rat).Mul(total, left.Quo(left, big.NewRat(100, 1)))
	}
	return total
}

// term says from when to when the subscription is paid for. One that renews
// itself every month or more often has no end: there is no renewal to decide.
func term(o, out map[string]any, periodEnd int64, interval string) {
	start, _ := connector.Whole(o, "start_date")
	if start == 0 {
		start, _ = connector.Whole(o, "created")
	}
	ended, _ := connector.Whole(o, "ended_at")
	cancelAt, _ := connector.Whole(o, "cancel_at")
	stops := connector.True(o, "cancel_at_period_end") || cancelAt > 0
	status := connector.Text(o, "status")
	end := int64(0)
	switch {
	case cancelAt > 0:
		end = cancelAt
	case stops || interval == "year":
		end = periodEnd
	}
	if status != "canceled" {
		ended = 0 // a stale date of an earlier cancellation
	} else if ended == 0 {
		ended, _ = connector.Whole(o, "canceled_at")
	}
	if end != 0 && end <= start {
		end = 0
	}
	if ended != 0 && ended < start {
		ended = start
	}
	why := connector.Object(o, "cancellation_details")
	reason := connector.Text(why, "feedback")
	if reason == "" {
		reason = connector.Text(why, "reason")
	}
	if status != "canceled" {
		reason = ""
	}
	out["start"], out["end"], out["ended"], out["reason"] = connector.Instant(start), connector.Instant(end), connector.Instant(ended), reason
	out["auto_renew"], out["trial"] = !stops && status != "canceled", status == "trialing"
	// incomplete ones were never paid for
	out["counts"] = status != "incomplete" && status != "incomplete_expired"
}

func shapeInvoice(o map[string]any) map[string]any {
	currency := money.Currency(upper(connector.Text(o, "currency")))
	amount := func(key string) string {
		n, ok := connector.Whole(o, key)
		if !ok {
			return ""
		}
		return major(new(big.Rat).SetInt64(n), currency)
	}
	at := func(key string) string {
		n, _ := connector.Whole(connector.Object(o, "status_transitions"), key)
		return connector.Instant(n)
	}
	due, _ := connector.Whole(o, "due_date")
	created, _ := connector.Whole(o, "created")
	next, _ := connector.Whole(o, "next_payment_attempt")
	tries, _ := connector.Whole(o, "attempt_count")
	failed := ""
	if connector.Text(o, "status") == "open" && tries > 0 {
		// Stripe does not date the failed attempt on the invoice: it is tried when it is finalised.
		if failed = at("finalized_at"); failed == "" {
			failed = connector.Instant(created)
		}
	}
	return map[string]any{
		"due": amount("amount_due"), "paid": amount("amount_paid"), "remaining": amount("amount_remaining"), "currency": string(currency),
		"finalized_at": at("finalized_at"), "paid_at": at("paid_at"), "voided_at": at("voided_at"), "uncollectible_at": at("marked_uncollectible_at"),
		"due_at": connector.Instant(due), "failed_at": failed, "next_attempt_at": connector.Instant(next),
		"attempts": strconv.FormatInt(tries, 10), "subscription": subscriptionOf(o),
	}
}

// subscriptionOf finds the subscription of an invoice: it moved to the parent.
func subscriptionOf(o map[string]any) string {
	parent := connector.Object(connector.Object(o, "parent"), "subscription_details")
	if ref := ident(parent["subscription"]); ref != "" {
		return ref
	}
	return ident(o["subscription"])
}

// ident reads an id, or the id of an expanded object.
func ident(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case map[string]any:
		return connector.Text(v, "id")
	}
	return ""
}

// major writes minor units as a decimal of major ones, exactly.
func major(minor *big.Rat, c money.Currency) string {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(c.Exponent())), nil)
	r := new(big.Rat).Quo(minor, new(big.Rat).SetInt(scale))
	return r.FloatString(c.Exponent())
}

func upper(s string) string {
	out := []byte(s)
	for i, c := range out {
		if 'a' <= c && c <= 'z' {
			out[i] = c - 32
		}
	}
	return string(out)
}
