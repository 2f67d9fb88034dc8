//! TWS' own settings over the API, and what read-only does.

use ibapi::{
    Client, Error,
    config::{ApiConfig, ApiPrecautions, ApiSettings, UpdateConfigResponse},
    orders::ExecutionFilter,
};
use simulator::world::By;

use crate::gateway::{Gateway, hears, open_orders, trades_of};

async fn change(
    client: &Client,
    settings: ApiSettings,
    accepted: Vec<ibapi::config::ConfigWarning>,
) -> UpdateConfigResponse {
    let api = ApiConfig {
        precautions: None,
        settings: Some(settings),
    };
    let change = client.update_config().api(api).accept_warnings(accepted);
    change.submit().await.unwrap()
}

async fn settings(client: &Client) -> ApiSettings {
    client
        .config()
        .await
        .unwrap()
        .api
        .unwrap()
        .settings
        .unwrap()
}

fn read_only(on: bool) -> ApiSettings {
    ApiSettings {
        read_only_api: Some(on),
        ..ApiSettings::default()
    }
}

#[tokio::test]
async fn read_only_is_set_read_back_and_blocks_cancels_and_listings() {
    let gateway = Gateway::empty().await;
    gateway.placed(&By::Client(1), 1);
    let (client, mut notices) = Client::builder()
        .address(gateway.address.to_string())
        .client_id(8)
        .max_reconnect_attempts(0)
        .connect_with_notice_stream()
        .await
        .unwrap();
    assert_eq!(settings(&client).await.read_only_api, Some(false));
    let done = change(&client, read_only(true), Vec::new()).await;
    assert_eq!(done.changed_fields, ["readOnlyApi"]);
    assert_eq!(settings(&client).await.read_only_api, Some(true));
    assert!(
        gateway
            .world
            .tws_settings(&gateway.account)
            .unwrap()
            .read_only_api
    );

    client.global_cancel().await.unwrap();
    let refused = hears(&mut notices, 321).await;
    assert!(refused.message.contains("Read-Only"), "{refused}");
    assert_eq!(refused.request_id, None);
    let mut listing = client.all_open_orders().await.unwrap();
    hears(&mut notices, 321).await;
    let silent = listing
        .collect_to_end_within(std::time::Duration::from_millis(50))
        .await;
    assert!(matches!(silent, Err(Error::Timeout)), "{silent:?}");
    assert_eq!(gateway.open().len(), 1);
    // what reads no orders goes on
    assert_eq!(
        trades_of(client.executions(ExecutionFilter::default()).await)
            .await
            .unwrap()
            .len(),
        0
    );
}

#[tokio::test]
async fn what_loosens_needs_its_warning_accepted() {
    let gateway = Gateway::empty().await;
    let client = gateway.client(8).await;
    change(&client, read_only(true), Vec::new()).await;
    let warned = change(&client, read_only(false), Vec::new()).await;
    assert_eq!(warned.warnings.len(), 1);
    assert_eq!(settings(&client).await.read_only_api, Some(true));
    let done = change(&client, read_only(false), warned.warnings).await;
    assert_eq!(done.status.as_deref(), Some("success"));
    assert_eq!(settings(&client).await.read_only_api, Some(false));
    let bypass = ApiConfig {
        precautions: Some(ApiPrecautions {
            bypass_order_precautions: Some(true),
            ..ApiPrecautions::default()
        }),
        settings: None,
    };
    let warned = client.update_config().api(bypass).submit().await.unwrap();
    assert_eq!(warned.warnings.len(), 1);
}

#[tokio::test]
async fn a_change_with_one_refused_part_changes_nothing() {
    let gateway = Gateway::empty().await;
    let client = gateway.client(8).await;
    let before = settings(&client).await;
    assert_eq!(before.socket_port, Some(i32::from(gateway.address.port())));
    let asked = ApiSettings {
        socket_port: Some(1),
        ..read_only(true)
    };
    let refused = change(&client, asked, Vec::new()).await;
    assert_eq!(refused.errors.len(), 1, "{refused:?}");
    assert_eq!(settings(&client).await, before);
    open_orders(&client).await.unwrap();
}
