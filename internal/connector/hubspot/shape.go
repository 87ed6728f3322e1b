package hubspot

import (
	"cmp"
	"strings"

	"kept/internal/connector"
)

// shape computes what a mapping cannot.
func shape(name string, o, p map[string]any, company string, owner map[string]any) map[string]any {
	archived := connector.True(o, "archived")
	gone := ""
	if archived {
		gone = cmp.Or(connector.Text(o, "archivedAt"), connector.Text(o, "updatedAt"))
	}
	own := map[string]any{
		"company": company, "owner_email": connector.Text(owner, "email"),
		"owner_name": strings.TrimSpace(connector.Text(owner, "firstName") + " " + connector.Text(owner, "lastName")),
		"archived":   archived, "created": cmp.Or(connector.Text(p, "createdate"), connector.Text(o, "createdAt")), "gone_at": gone,
	}
	switch name {
	case "companies":
		own["name"] = cmp.Or(connector.Text(p, "name"), connector.Text(p, "domain"), "HubSpot "+connector.Text(o, "id"))
		own["domain"] = connector.Domain(connector.Text(p, "domain"))
	case "contacts":
		own["name"] = cmp.Or(strings.TrimSpace(connector.Text(p, "firstname")+" "+connector.Text(p, "lastname")), connector.Text(p, "email"), "HubSpot "+connector.Text(o, "id"))
	case "deals":
		switch {
		case connector.Text(p, "hs_is_closed_won") == "true" || connector.Text(p, "dealstage") == "closedwon":
			own["outcome"] = "opportunity_won"
		case connector.Text(p, "hs_is_closed") == "true" || connector.Text(p, "dealstage") == "closedlost":
			own["outcome"] = "opportunity_lost"
		default:
			own["outcome"] = ""
		}
	case "tickets":
		// An archived ticket is closed, whatever its last state was.
		own["closed_at"] = cmp.Or(connector.Text(p, "closed_date"), gone)
		own["subject"] = cmp.Or(connector.Text(p, "subject"), "(no subject)")
	case "meetings":
		own["at"] = cmp.Or(connector.Text(p, "hs_meeting_start_time"), connector.Text(p, "hs_timestamp"))
		outcome := connector.Text(p, "hs_meeting_outcome")
		own["held"] = outcome == "" || outcome == "COMPLETED" || outcome == "SCHEDULED"
	}
	return own
}
