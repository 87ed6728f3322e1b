package sqlstore

import (
	"context"
	"database/sql"

	"kept/internal/customer"
	"kept/internal/id"
)

var ticketTable = table{
	name: "ticket",
	columns: []string{
		"id", "account_id", "product_id", "subject", "priority", "state", "opened_at", "solved_at",
		"first_reply_at", "escalated", "satisfaction", "requester_name", "updated_at",
	},
	key: []string{"id"},
}

const selectTicket = "SELECT id, account_id, product_id, subject, priority, state, opened_at, solved_at, " +
	"first_reply_at, escalated, satisfaction, requester_name, updated_at FROM ticket"

func scanTicket(rows *sql.Rows, t *customer.Ticket) error {
	return rows.Scan(&t.ID, &t.AccountID, maybe[id.Product]{&t.ProductID}, &t.Subject, &t.Priority, &t.State,
		instant{&t.OpenedAt}, instant{&t.SolvedAt}, instant{&t.FirstReplyAt}, &t.Escalated, &t.Satisfaction,
		&t.RequesterName, instant{&t.UpdatedAt})
}

// Tickets implements customer.Reader.
func (r reader) Tickets(ctx context.Context, f customer.Filter) ([]customer.Ticket, error) {
	q, err := r.newestFirst(ctx, selectTicket, "ticket", "opened_at", f)
	if err != nil {
		return nil, err
	}
	return collect(ctx, r, q, "read the tickets", scanTicket)
}

// PutTickets implements customer.Writer. UpdatedAt is the store's own.
func (tx *Tx) PutTickets(ctx context.Context, rows []customer.Ticket) ([]customer.Outcome, error) {
	return put(ctx, tx, kind[customer.Ticket]{
		list:  "tickets",
		table: ticketTable,
		id:    func(t *customer.Ticket) string { return string(t.ID) },
		check: func(t *customer.Ticket, field func(string) string) error {
			whole(&t.OpenedAt)
			whole(&t.SolvedAt)
			whole(&t.FirstReplyAt)
			t.UpdatedAt = tx.now
			if err := required(field("account_id"), string(t.AccountID), needsAccount); err != nil {
				return err
			}
			if err := requiredAt(field("opened_at"), t.OpenedAt, "a ticket has an opening instant"); err != nil {
				return err
			}
			return oneOf(field("state"), t.State, customer.TicketOpen, customer.TicketSolved)
		},
		load: func(ctx context.Context, ids []string) ([]customer.Ticket, error) {
			return collect(ctx, tx.reader, in(from(selectTicket), tx.d, "WHERE", "id", ids), "read the tickets", scanTicket)
		},
		same: func(old, t *customer.Ticket) bool {
			return old.AccountID == t.AccountID && old.ProductID == t.ProductID && old.Subject == t.Subject &&
				old.Priority == t.Priority && old.State == t.State && old.OpenedAt.Equal(t.OpenedAt) &&
				old.SolvedAt.Equal(t.SolvedAt) && old.FirstReplyAt.Equal(t.FirstReplyAt) && old.Escalated == t.Escalated &&
				sameFloat(old.Satisfaction, t.Satisfaction) && old.RequesterName == t.RequesterName
		},
		refs: []ref[customer.Ticket]{
			{"account", "account_id", func(t *customer.Ticket) string { return string(t.AccountID) }},
			{"product", "product_id", func(t *customer.Ticket) string { return string(t.ProductID) }},
		},
		account: func(t *customer.Ticket) id.Account { return t.AccountID },
		values: func(t *customer.Ticket) []any {
			return []any{
				string(t.ID), string(t.AccountID), null(t.ProductID), t.Subject, t.Priority, string(t.State),
				micros(t.OpenedAt), micros(t.SolvedAt), micros(t.FirstReplyAt), t.Escalated, float(t.Satisfaction),
				t.RequesterName, micros(t.UpdatedAt),
			}
		},
	}, rows)
}
