//! What CloudFormation would do: tables and keys from the template.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    StartError,
    aws::{Front, Service, rights::Rights},
    random,
    template::{FunctionSpec, KeySpec, Place, TableSpec, Template},
};

/// The template of this checkout.
const TEMPLATE: &str = include_str!("../../../template.yaml");

/// Functions and rights, resolved against what there is.
pub(crate) struct Deployed {
    pub(crate) functions: Vec<FunctionSpec>,
    pub(crate) rights: Rights,
}

/// Reading YAML takes a debug build longer than everything else at a start, so
/// it is read once a process.
pub(crate) fn template() -> Result<&'static Template, StartError> {
    static READ: std::sync::OnceLock<Template> = std::sync::OnceLock::new();
    if let Some(template) = READ.get() {
        return Ok(template);
    }
    let template = Template::parse(TEMPLATE)?;
    Ok(READ.get_or_init(|| template))
}

/// A number for an account of this system's own.
pub(crate) fn account() -> String {
    format!("{:012}", u64::from_be_bytes(random()) % 1_000_000_000_000)
}

/// Parameters that have no default in the template: what a person deploying would fill in.
pub(crate) fn place(parameters: &[(String, String)]) -> Place {
    let mut place = Place::default();
    let own = [("Sender", "no-reply@portico.example"), ("SenderIdentity", "portico.example")];
    place.parameters.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    place.parameters.extend(parameters.iter().cloned());
    place
}

/// Makes the tables that are not there yet.
pub(crate) async fn tables(front: &Front, tables: &[TableSpec]) -> Result<(), StartError> {
    for table in tables {
        match front.operate(Service::DynamoDb, "CreateTable", table.create.clone()).await {
            Err(error) if error.contains("ResourceInUseException") => continue,
            created => created.map_err(StartError::SetUp)?,
        };
        if let Some(attribute) = &table.ttl {
            let ttl = json!({
                "TableName": table.name,
                "TimeToLiveSpecification": { "AttributeName": attribute, "Enabled": true },
            });
            let enabled = front.operate(Service::DynamoDb, "UpdateTimeToLive", ttl).await;
            enabled.map_err(StartError::SetUp)?;
        }
    }
    Ok(())
}

/// Has another AWS's SES believe that the sender is ours.
pub(crate) async fn identity(front: &Front, place: &Place) -> Result<(), StartError> {
    let Some(upstream) = &front.services().upstream else { return Ok(()) };
    let identity = json!({ "EmailIdentity": place.parameters.get("SenderIdentity") });
    upstream.email("identities", &identity).await.map_err(StartError::SetUp)
}

/// Makes the keys that are not there yet; the place learns their ids.
pub(crate) async fn keys(front: &Front, place: &mut Place, keys: &[KeySpec]) -> Result<(), StartError> {
    for key in keys {
        let alias = format!("alias/{}-{}", place.stack, key.logical_id);
        let known = match front.services().upstream {
            Some(_) => place.ids.get(&key.logical_id).cloned(),
            None => front.services().kms.aliased(&alias),
        };
        let id = match known {
            Some(id) => id,
            None => create_key(front, &alias, key).await.map_err(StartError::SetUp)?,
        };
        place.ids.insert(key.logical_id.clone(), id);
    }
    Ok(())
}

async fn create_key(front: &Front, alias: &str, key: &KeySpec) -> Result<String, String> {
    let created = front.operate(Service::Kms, "CreateKey", key.create.clone()).await?;
    let id = created.pointer("/KeyMetadata/KeyId").and_then(Value::as_str);
    let id = id.ok_or_else(|| format!("CreateKey: {created}"))?.to_owned();
    let alias = json!({ "AliasName": alias, "TargetKeyId": id });
    front.operate(Service::Kms, "CreateAlias", alias).await?;
    Ok(id)
}

/// Functions and rights, now that tables and keys have their names.
pub(crate) fn deployed(template: &Template, place: &Place, keys: Vec<KeySpec>) -> Result<Deployed, StartError> {
    let functions = template.functions(place)?;
    let granted = functions.iter().map(|of| (of.flow.clone(), of.statements.clone())).collect();
    let denied: HashMap<_, _> = keys
        .into_iter()
        .map(|key| (place.arn("kms", &format!("key/{}", place.id(&key.logical_id))), key.denials))
        .collect();
    Ok(Deployed { functions, rights: Rights::new(granted, denied) })
}
