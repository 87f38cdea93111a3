//! CloudFormation's intrinsic functions.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use serde_yaml_ng::Value as Yaml;

use super::{Place, Template, TemplateError};

/// Turns `!Ref X` into `{"Ref": "X"}`, `!GetAtt A.B` into `{"Fn::GetAtt": ["A", "B"]}` and so on.
pub(super) fn long_form(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::Number(number) => number_of(&number),
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => items.into_iter().map(long_form).collect(),
        Yaml::Mapping(entries) => entries
            .into_iter()
            .filter_map(|(key, value)| Some((scalar(&long_form(key))?, long_form(value))))
            .collect::<Map<_, _>>()
            .into(),
        Yaml::Tagged(tagged) => {
            let value = long_form(tagged.value);
            match tagged.tag.to_string().trim_start_matches('!') {
                name @ ("Ref" | "Condition") => json!({ name: value }),
                "GetAtt" => json!({ "Fn::GetAtt": attribute_path(value) }),
                name => json!({ format!("Fn::{name}"): value }),
            }
        }
    }
}

fn number_of(number: &serde_yaml_ng::Number) -> Value {
    number.as_i64().map(Value::from).or_else(|| number.as_f64().map(Value::from)).unwrap_or(Value::Null)
}

fn attribute_path(value: Value) -> Value {
    match value.as_str().and_then(|path| path.split_once('.')) {
        Some((resource, attribute)) => json!([resource, attribute]),
        None => value,
    }
}

/// A scalar as CloudFormation passes it on: as text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(items) => items.iter().map(scalar).collect::<Option<Vec<_>>>().map(|all| all.join(",")),
        Value::Null | Value::Object(_) => None,
    }
}

/// Evaluates values of a template at a place.
pub(super) struct Evaluator<'a> {
    template: &'a Template,
    place: &'a Place,
    parameters: BTreeMap<String, String>,
}

type Evaluated<T = Value> = Result<T, TemplateError>;

impl<'a> Evaluator<'a> {
    pub(super) fn new(template: &'a Template, place: &'a Place) -> Evaluator<'a> {
        Evaluator { template, place, parameters: template.parameters(place) }
    }

    /// The value with all its functions applied; `AWS::NoValue` disappears.
    pub(super) fn value(&self, value: &Value) -> Evaluated {
        Ok(self.present(value)?.unwrap_or(Value::Null))
    }

    /// The value as text, empty when absent.
    pub(super) fn text(&self, value: &Value) -> Evaluated<String> {
        Ok(scalar(&self.value(value)?).unwrap_or_default())
    }

    /// Whether a resource's `Condition` (if it has one) holds.
    pub(super) fn exists(&self, resource: &Value) -> Evaluated<bool> {
        match resource.get("Condition").and_then(Value::as_str) {
            Some(name) => self.condition(name),
            None => Ok(true),
        }
    }

    fn present(&self, value: &Value) -> Evaluated<Option<Value>> {
        match value {
            Value::Object(map) => match map.iter().next() {
                Some((name, argument)) if map.len() == 1 && is_function(name, argument) => self.call(name, argument),
                _ => self.object(map).map(Some),
            },
            Value::Array(items) => {
                let mut present = Vec::with_capacity(items.len());
                for item in items {
                    present.extend(self.present(item)?);
                }
                Ok(Some(Value::Array(present)))
            }
            other => Ok(Some(other.clone())),
        }
    }

    fn object(&self, map: &Map<String, Value>) -> Evaluated {
        let mut present = Map::with_capacity(map.len());
        for (key, value) in map {
            if let Some(value) = self.present(value)? {
                present.insert(key.clone(), value);
            }
        }
        Ok(Value::Object(present))
    }

    fn call(&self, name: &str, argument: &Value) -> Evaluated<Option<Value>> {
        let value = match name {
            "Ref" if argument == "AWS::NoValue" => return Ok(None),
            "Ref" => Value::String(self.reference(argument.as_str().unwrap_or_default())?),
            "Fn::GetAtt" => Value::String(self.attribute(argument)?),
            "Fn::Sub" => Value::String(self.substitute(argument)?),
            "Fn::If" => {
                let [condition, yes, no] = self.arguments(name, argument)?;
                let holds = self.condition(condition.as_str().unwrap_or_default())?;
                return self.present(if holds { yes } else { no });
            }
            "Fn::Join" => {
                let [separator, items] = self.arguments(name, argument)?;
                let items = self.list(items)?;
                Value::String(items.join(separator.as_str().unwrap_or_default()))
            }
            "Fn::Split" => {
                let [separator, text] = self.arguments(name, argument)?;
                let text = self.text(text)?;
                text.split(separator.as_str().unwrap_or_default()).map(Value::from).collect()
            }
            "Fn::Select" => {
                let [index, items] = self.arguments(name, argument)?;
                let index = self.text(index)?.parse().unwrap_or(usize::MAX);
                self.list(items)?.get(index).map_or(Value::Null, |item| Value::from(item.clone()))
            }
            "Fn::FindInMap" => {
                let [map, first, second] = self.arguments(name, argument)?;
                let path = [self.text(map)?, self.text(first)?, self.text(second)?];
                self.mapped(&path)?
            }
            "Condition" | "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => Value::Bool(self.holds(name, argument)?),
            other => return Err(TemplateError::unsupported(other, "is not known here")),
        };
        Ok(Some(value))
    }

    fn arguments<'v, const N: usize>(&self, name: &str, argument: &'v Value) -> Evaluated<[&'v Value; N]> {
        argument
            .as_array()
            .and_then(|items| items.iter().collect::<Vec<_>>().try_into().ok())
            .ok_or_else(|| TemplateError::unsupported(name, format!("takes {N} arguments")))
    }

    fn list(&self, items: &Value) -> Evaluated<Vec<String>> {
        Ok(match self.value(items)? {
            Value::Array(items) => items.iter().filter_map(scalar).collect(),
            single => scalar(&single).map(|text| text.split(',').map(str::to_owned).collect()).unwrap_or_default(),
        })
    }

    fn reference(&self, name: &str) -> Evaluated<String> {
        if let Some(value) = self.place.pseudo(name).or_else(|| self.parameters.get(name).cloned()) {
            return Ok(value);
        }
        if self.template.entry("Parameters", name).is_some() {
            return Ok(String::new());
        }
        match self.resource_type(name) {
            Some("AWS::SNS::Topic") => Ok(self.place.arn("sns", &self.place.id(name))),
            Some("AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable") => self.table_name(name),
            Some(_) => Ok(self.place.id(name)),
            // SAM adds resources of its own, such as ServerlessHttpApi
            None if name.starts_with("Serverless") => Ok(self.place.id(name)),
            None => Err(TemplateError::Unknown(name.to_owned())),
        }
    }

    /// A table's physical name: the one it asks for, or one made from its logical id.
    pub(super) fn table_name(&self, logical: &str) -> Evaluated<String> {
        let named =
            self.template.entry("Resources", logical).and_then(|resource| resource.pointer("/Properties/TableName"));
        match named {
            Some(name) => self.text(name),
            None => Ok(self.place.id(logical)),
        }
    }

    fn resource_type(&self, logical: &str) -> Option<&str> {
        self.template.entry("Resources", logical)?.get("Type")?.as_str()
    }

    fn attribute(&self, argument: &Value) -> Evaluated<String> {
        let [resource, attribute] = self.arguments("Fn::GetAtt", argument)?;
        let (resource, attribute) = (resource.as_str().unwrap_or_default(), attribute.as_str().unwrap_or_default());
        if let Some(function) = resource.strip_suffix("Url").filter(|_| attribute == "FunctionUrl") {
            // SAM makes this resource of a function's `FunctionUrlConfig`.
            let of =
                self.template.entry("Resources", function).and_then(|it| it.pointer("/Properties/FunctionUrlConfig"));
            let url = of.map(|_| format!("{}/{function}/", self.place.urls));
            return url.ok_or_else(|| TemplateError::Unknown(format!("{resource}.{attribute}")));
        }
        let kind =
            self.resource_type(resource).ok_or_else(|| TemplateError::Unknown(format!("{resource}.{attribute}")))?;
        let place = self.place;
        let id = place.id(resource);
        Ok(match (kind, attribute) {
            ("AWS::DynamoDB::Table", "Arn") => place.arn("dynamodb", &format!("table/{}", self.table_name(resource)?)),
            ("AWS::DynamoDB::Table", "StreamArn") => {
                place.arn("dynamodb", &format!("table/{}/stream/local", self.table_name(resource)?))
            }
            ("AWS::KMS::Key", "Arn") => place.arn("kms", &format!("key/{id}")),
            ("AWS::SNS::Topic", "TopicArn") => place.arn("sns", &id),
            ("AWS::SQS::Queue", "Arn") => place.arn("sqs", &id),
            ("AWS::Serverless::Function", "Arn") => place.arn("lambda", &format!("function:{id}")),
            ("AWS::Logs::LogGroup", "Arn") => place.arn("logs", &format!("log-group:{id}:*")),
            (_, "Arn") => place.arn("local", &id),
            _ => id,
        })
    }

    fn substitute(&self, argument: &Value) -> Evaluated<String> {
        let (text, own) = match argument {
            Value::Array(items) => {
                (items.first().and_then(Value::as_str).unwrap_or_default(), items.get(1).and_then(Value::as_object))
            }
            other => (other.as_str().unwrap_or_default(), None),
        };
        let mut done = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            done.push_str(before);
            match (name.strip_prefix('!'), own.and_then(|own| own.get(name))) {
                (Some(literal), _) => done.push_str(&format!("${{{literal}}}")),
                (None, Some(value)) => done.push_str(&self.text(value)?),
                (None, None) => match name.split_once('.') {
                    Some((resource, attribute)) => {
                        done.push_str(&self.attribute(&json!([resource, attribute]))?);
                    }
                    None => done.push_str(&self.reference(name)?),
                },
            }
            rest = after;
        }
        done.push_str(rest);
        Ok(done)
    }

    fn mapped(&self, path: &[String; 3]) -> Evaluated {
        let [map, first, second] = path;
        self.template
            .entry("Mappings", map)
            .and_then(|map| map.get(first)?.get(second))
            .cloned()
            .ok_or_else(|| TemplateError::Unknown(path.join(".")))
    }

    fn condition(&self, name: &str) -> Evaluated<bool> {
        let body = self
            .template
            .entry("Conditions", name)
            .ok_or_else(|| TemplateError::Unknown(format!("condition {name}")))?;
        match body.as_object().and_then(|map| map.iter().next()) {
            Some((function, argument)) => self.holds(function, argument),
            None => Err(TemplateError::unsupported(name, "is not a condition")),
        }
    }

    fn holds(&self, function: &str, argument: &Value) -> Evaluated<bool> {
        let mut parts = argument.as_array().into_iter().flatten();
        Ok(match function {
            "Condition" => self.condition(argument.as_str().unwrap_or_default())?,
            "Fn::Equals" => {
                let [left, right] = self.arguments(function, argument)?;
                self.text(left)? == self.text(right)?
            }
            "Fn::Not" => {
                let [inner] = self.arguments(function, argument)?;
                self.value(inner)? != Value::Bool(true)
            }
            "Fn::And" => parts
                .try_fold(true, |all, part| Ok::<_, TemplateError>(all && self.value(part)? == Value::Bool(true)))?,
            "Fn::Or" => parts
                .try_fold(false, |any, part| Ok::<_, TemplateError>(any || self.value(part)? == Value::Bool(true)))?,
            other => return Err(TemplateError::unsupported(other, "is not a condition function")),
        })
    }
}

fn is_function(name: &str, argument: &Value) -> bool {
    name == "Ref" || name.starts_with("Fn::") || (name == "Condition" && argument.is_string())
}
