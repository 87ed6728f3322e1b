package ingest

import (
	"cmp"
	"fmt"
	"slices"
)

// rule is a built-in data-quality rule.
type rule struct {
	name     string
	severity Severity
	says     string
	whatToDo string
}

// The built-in rules.
var (
	ruleDetected = rule{
		"file_layout_detected", Info, "how a file is written was found out, as the mapping does not say it",
		"Add encoding and delimiter to the mapping, so that the next file is read alike.",
	}
	ruleOrphan = rule{
		"orphan_row", Error, "rows refer to an id that neither the files nor Kept know; they were rejected",
		"Import the file that has the missing objects, or correct the id in the source.",
	}
	ruleDuplicateID = rule{
		"duplicate_id_differs", Warning, "an id stands on several rows with different content",
		"Find out whether the id is reused or the row was changed: with duplicates: keep every row counts, else only the first one does.",
	}
	ruleDuplicateRow = rule{
		"duplicate_row", Info, "rows repeat an earlier row exactly",
		"Nothing, if the export repeats rows: they count once. If they really happened twice, set duplicates: keep.",
	}
	ruleFuture = rule{
		"date_in_future", Warning, "dates lie after the end of the data",
		"Check the clock and the date format of the source; set data_cutoff when the files are older than today.",
	}
	ruleUsageBefore = rule{
		"usage_before_subscription", Warning, "usage is dated before the subscription that it belongs to starts",
		"Find out which date the source writes: the event counts for the account, but no paid subscription explains it.",
	}
	ruleUsageAfter = rule{
		"usage_after_subscription", Warning, "usage is dated after the subscription that it belongs to ended",
		"Check whether access is really closed at the end, and whether the end date is right.",
	}
	ruleBeforeSignup = rule{
		"event_before_signup", Warning, "events are dated before their account signed up",
		"Check the sign-up date: before it an account has no score, so these events count only in later windows.",
	}
	ruleTicketBeforeSignup = rule{
		"ticket_before_signup", Warning, "tickets were opened before their account signed up",
		"Check the sign-up date, or whether support also answers prospects.",
	}
	ruleTicketOrder = rule{
		"ticket_closed_before_opened", Error, "tickets were closed before they were opened; they were rejected",
		"Correct the two instants in the source; a swapped time zone is the usual cause.",
	}
	ruleResolution = rule{
		"resolution_time_differs", Warning, "the stated resolution time is not closed minus opened",
		"Kept computes with the two instants. Find out what the source's figure leaves out, such as nights and waiting for the customer.",
	}
	ruleReplyAfterClose = rule{
		"first_reply_after_close", Warning, "the first reply came after the ticket was closed",
		"Check the unit of the first reply time, or whether tickets are closed without an answer.",
	}
	ruleChurnBeforeSub = rule{
		"churn_before_first_subscription", Warning, "a churn event is dated before the account's first subscription",
		"Decide whether trials count as churn; the event stays in the time line and ends no subscription.",
	}
	ruleChurnBeforeSignup = rule{
		"churn_before_signup", Warning, "a churn event is dated before the account signed up",
		"Correct one of the two dates in the source.",
	}
	ruleReactivation = rule{
		"reactivation_without_churn", Warning, "a reactivation is reported for an account without an earlier churn event",
		"Look for the missing churn event: the export may start too late.",
	}
	ruleChurnInForce = rule{
		"churn_while_subscribed", Warning, "a churn event is dated while a subscription of the account is in force the day after",
		"Decide which source says that an account left: here subscriptions do, and the event only stands in the time line.",
	}
	ruleARR = rule{
		"arr_not_12_mrr", Warning, "ARR is not twelve times MRR",
		"Find out which of the two the source computes; Kept takes ARR when both are mapped.",
	}
	ruleOverlap = rule{
		"overlapping_subscriptions", Warning, "a subscription starts while another one of the same account and product is in force",
		"If they add up (more seats, another team), nothing. If one replaces the other, the old one has no end date and the account's ARR counts both.",
	}
	ruleZeroTerm = rule{
		"subscription_without_duration", Warning, "a subscription ends on the day it starts: it is never in force",
		"Check whether it was cancelled at once or booked by mistake.",
	}
	ruleSubBeforeSignup = rule{
		"subscription_before_signup", Warning, "a subscription starts before its account signed up",
		"Correct one of the two dates in the source.",
	}
	ruleOwnerUnknown = rule{
		"owner_not_a_user", Warning, "owners are no users of Kept yet: a user who cannot sign in was made for each",
		"Let them in under Settings, Users (correct the e-mail, enable, set a password), or write the e-mail of an existing user into the source.",
	}
	ruleOwnerAmbiguous = rule{
		"owner_ambiguous", Warning, "rows name an owner whose name several users have; the accounts were imported without one",
		"Map the column with the owner's e-mail instead of the name.",
	}
	ruleUserUnknown = rule{
		"user_unknown", Info, "activities name one of our users whom Kept does not know; they were imported without one",
		"Nothing, if they left. Otherwise create the user and import again.",
	}
	ruleContactUnknown = rule{
		"contact_unknown", Info, "activities name a contact that neither the files nor Kept know; they were imported without one",
		"Import the contacts as well, or correct the id in the source.",
	}
	ruleRole = rule{
		"contact_role_unknown", Info, "contacts have a role that Kept does not know; they were imported without one",
		"Map it to champion, sponsor, admin, user, billing or detractor, or to nothing with else: \"\".",
	}
	ruleMissingFile = rule{
		"file_missing", Info, "the mapping names a file that was not given",
		"Add the file when the rest needs it; what is already imported stays.",
	}
	ruleUnmappedFile = rule{
		"file_not_mapped", Info, "a file matches no path of the mapping and was left out",
		"Add it to the mapping's files, or leave it out.",
	}
	ruleNoColumn = rule{
		"column_never_present", Warning, "a mapped key occurs in no row of a JSON lines file",
		"Check the spelling of the key in the mapping.",
	}
)

// quality collects the findings of a run.
type quality struct {
	findings map[string]*Finding
	last     map[string]string
}

func newQuality() *quality {
	return &quality{findings: map[string]*Finding{}, last: map[string]string{}}
}

// add counts one case of a rule. Place is "file:line": several targets of one
// row that find the same thing count once.
func (q *quality) add(r rule, place, format string, args ...any) {
	if place != "" && q.last[r.name] == place {
		return
	}
	q.last[r.name] = place
	f := q.findings[r.name]
	if f == nil {
		example := fmt.Sprintf(format, args...)
		if place != "" {
			example = place + ": " + example
		}
		f = &Finding{Rule: r.name, Severity: r.severity, Says: r.says, WhatToDo: r.whatToDo, Example: example}
		q.findings[r.name] = f
	}
	f.Count++
}

// list returns the findings, errors first, then by count.
func (q *quality) list() []Finding {
	rank := map[Severity]int{Error: 0, Warning: 1, Info: 2}
	out := make([]Finding, 0, len(q.findings))
	for _, f := range q.findings {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(rank[a.Severity], rank[b.Severity]), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Rule, b.Rule))
	})
	return out
}
