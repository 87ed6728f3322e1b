// Package testfix prepares what tests need: a fresh PostgreSQL database, and
// valid records to start from. Only tests import it.
package testfix

import (
	"time"

	"kept/internal/customer"
	"kept/internal/id"
	"kept/internal/money"
)

// Day returns midnight UTC of a date, such as Day(2026, 1, 31).
func Day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// AccountID returns the identifier of the test account with the name.
func AccountID(name string) id.Account { return id.Derive[id.Account]("testfix", name) }

// ProductID returns the identifier of the test product with the key.
func ProductID(key string) id.Product { return id.Derive[id.Product]("testfix", key) }

// Account returns a valid account, since 1 January 2025.
func Account(name string) customer.Account {
	return customer.Account{ID: AccountID(name), Name: name, Domain: name + ".example", Since: Day(2025, 1, 1)}
}

// Product returns a valid product.
func Product(key string) customer.Product {
	return customer.Product{ID: ProductID(key), Key: key, Name: "Product " + key}
}

// Contact returns a valid contact of the account.
func Contact(account id.Account, name string) customer.Contact {
	return customer.Contact{
		ID: id.Derive[id.Contact](string(account), name), AccountID: account,
		Name: name, Email: name + "@contact.example", Since: Day(2025, 1, 1),
	}
}

// Subscription returns a subscription of the account for the year 2025, at the
// ARR in US cents, known from its start on.
func Subscription(account id.Account, key string, arrMinor int64) customer.Subscription {
	rev := customer.Revision{
		ValidFrom: Day(2025, 1, 1), KnownAt: Day(2025, 1, 1),
		ARR: money.Amount{Minor: arrMinor, Currency: "USD"}, Seats: 10,
		Start: Day(2025, 1, 1), End: Day(2026, 1, 1), AutoRenew: true,
	}
	return customer.Subscription{
		ID: id.Derive[id.Subscription](string(account), key), AccountID: account,
		Plan: "standard", Current: rev, Revisions: []customer.Revision{rev},
	}
}

// Ticket returns an open ticket of the account.
func Ticket(account id.Account, key string, opened time.Time) customer.Ticket {
	return customer.Ticket{
		ID: id.Derive[id.Ticket](string(account), key), AccountID: account,
		Subject: "Ticket " + key, Priority: "normal", State: customer.TicketOpen, OpenedAt: opened,
	}
}

// Activity returns a note on the account.
func Activity(account id.Account, key string, at time.Time) customer.Activity {
	return customer.Activity{
		ID: id.Derive[id.Activity](string(account), key), AccountID: account,
		Kind: customer.ActivityNote, Subject: "Note " + key, At: at,
	}
}

// Fact returns a fact about the account that is known when it becomes true.
func Fact(account id.Account, key string, v customer.Value, from time.Time) customer.Fact {
	return customer.Fact{AccountID: account, Key: key, Value: v, ValidFrom: from, KnownAt: from, Source: "test"}
}
