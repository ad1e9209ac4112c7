//! The management listener: health and metrics, for machines and not for the public.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use portner_audit_log::{Actor, AuditLog};
use portner_federation::Keys;
use serde::Serialize;

/// What the listener shows.
#[derive(Clone)]
pub struct Management {
    /// The log, and through it the database.
    pub log: AuditLog,
    /// The keys that sign.
    pub keys: Keys,
    /// The metrics in the format of Prometheus.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// The routes of the management listener.
pub fn router(management: Management) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(show_metrics))
        .with_state(management)
}

#[derive(Serialize)]
struct Health {
    status: &'static str,
    audit_log: &'static str,
    signing: &'static str,
}

/// The process answers.
async fn live() -> Json<Health> {
    Json(Health { status: "up", audit_log: "not asked", signing: "not asked" })
}

/// Logins work: the database answers, the log can be written, and the key that signs is within reach.
async fn ready(State(management): State<Management>) -> Response {
    if let Some(problem) = management.keys.problem(management.log.now()) {
        tracing::warn!(%problem, "not ready");
        return down("not asked", "down");
    }
    let begun = management.log.begin(Actor::system("health")).await;
    let written = match begun {
        Ok(tx) => tx.commit().await,
        Err(error) => Err(error),
    };
    match written {
        Ok(()) => Json(Health { status: "up", audit_log: "up", signing: "up" }).into_response(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "not ready");
            down("down", "up")
        }
    }
}

fn down(audit_log: &'static str, signing: &'static str) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, Json(Health { status: "down", audit_log, signing })).into_response()
}

async fn show_metrics(State(management): State<Management>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], (management.metrics)()).into_response()
}
