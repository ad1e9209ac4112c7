//! The management listener: health and metrics, for machines and not for the public.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use portner_audit_log::{Actor, AuditLog};
use serde::Serialize;

/// What the listener shows.
#[derive(Clone)]
pub struct Management {
    /// The log, and through it the database.
    pub log: AuditLog,
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
}

/// The process answers.
async fn live() -> Json<Health> {
    Json(Health { status: "up", audit_log: "not asked" })
}

/// Logins work: the database answers and the log can be written, which means that somebody can log in.
async fn ready(State(management): State<Management>) -> Response {
    match management.log.begin(Actor::system("health")).await {
        Ok(tx) => match tx.commit().await {
            Ok(()) => Json(Health { status: "up", audit_log: "up" }).into_response(),
            Err(error) => down(&error),
        },
        Err(error) => down(&error),
    }
}

fn down(error: &portner_audit_log::Error) -> Response {
    tracing::warn!(error = error as &dyn std::error::Error, "not ready");
    let health = Json(Health { status: "down", audit_log: "down" });
    (StatusCode::SERVICE_UNAVAILABLE, health).into_response()
}

async fn show_metrics(State(management): State<Management>) -> Response {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], (management.metrics)()).into_response()
}
