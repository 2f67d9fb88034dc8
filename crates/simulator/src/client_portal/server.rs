//! The gateway as a server: which request is which call, and the session cookie.

use hyper::header::{COOKIE, HeaderMap, SET_COOKIE};

use super::{
    answer::Answer,
    call::{Call, Request, Unroutable, query},
    portal::Portal,
};
use crate::https::{self, Handler, Site, StatusCode};

const SESSION_COOKIE: &str = "x-sess-uuid";

impl Handler for Portal {
    fn site(&self) -> &Site {
        &self.site
    }

    fn answer(&self, request: https::Request) -> https::Answer {
        let answer = match Call::of(&request.method, &request.uri) {
            Ok(call) => self.reply_to(&Request {
                call,
                query: query(&request.uri),
                body: request.body,
            }),
            Err(Unroutable::Method) => {
                Answer::error(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")
            }
            Err(Unroutable::NotFound) => Answer::error(StatusCode::NOT_FOUND, "Resource not found"),
        };
        let mut headers = Vec::new();
        if let Some(secret) = self.secret()
            && !has_cookie(&request.headers)
        {
            let cookie = format!("{SESSION_COOKIE}={secret}; Path=/; Secure; HttpOnly");
            headers.push((SET_COOKIE, cookie));
        }
        https::Answer {
            headers,
            ..answer.into()
        }
    }

    fn too_large(&self) -> https::Answer {
        Answer::error(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large").into()
    }
}

impl From<Answer> for https::Answer {
    fn from(answer: Answer) -> Self {
        Self {
            status: answer.status,
            content_type: answer.content_type,
            headers: Vec::new(),
            body: answer.body,
        }
    }
}

fn has_cookie(headers: &HeaderMap) -> bool {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.split_once('='))
        .any(|(name, _)| name.trim() == SESSION_COOKIE)
}
