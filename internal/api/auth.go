package api

const sessionCookie = "kept_session"
