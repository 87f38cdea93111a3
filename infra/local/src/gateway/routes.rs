//! Which function answers which request.

use crate::template::FunctionSpec;

/// The routes of the HTTP API.
#[derive(Clone, Debug, Default)]
pub(crate) struct Routes(Vec<Route>);

#[derive(Clone, Debug)]
struct Route {
    method: String,
    path: String,
    flow: String,
}

/// A route that matches a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matched {
    pub(crate) flow: String,
    /// `POST /v1/login`, as API Gateway names it.
    pub(crate) key: String,
    pub(crate) parameters: Vec<(String, String)>,
}

impl Routes {
    pub(crate) fn new(functions: &[FunctionSpec]) -> Routes {
        let routes = functions.iter().flat_map(|function| {
            function.routes.iter().map(|route| Route {
                method: route.method.clone(),
                path: route.path.clone(),
                flow: function.flow.clone(),
            })
        });
        Routes(routes.collect())
    }

    /// The most specific route: a whole path before a greedy one, the longer of two
    /// greedy ones, a method before `ANY`, `$default` last.
    pub(crate) fn find(&self, method: &str, path: &str) -> Option<Matched> {
        let concerned = self.0.iter().filter(|route| route.method == method || route.method == "ANY");
        concerned
            .filter_map(|route| {
                let parameters = parameters(&route.path, path)?;
                let greedy = route.path.ends_with("+}") || route.path == "$default";
                let variables = route.path.matches('{').count();
                let rank = (greedy, variables, usize::MAX - route.path.len(), route.method == "ANY");
                Some((rank, route, parameters))
            })
            .min_by_key(|(rank, ..)| *rank)
            .map(|(_, route, parameters)| Matched {
                flow: route.flow.clone(),
                key: match route.path.as_str() {
                    "$default" => "$default".to_owned(),
                    path => format!("{} {path}", route.method),
                },
                parameters,
            })
    }
}

fn parameters(pattern: &str, path: &str) -> Option<Vec<(String, String)>> {
    if pattern == "$default" {
        return Some(Vec::new());
    }
    let mut found = Vec::new();
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return Some(found),
            (Some(wanted), Some(segment)) => {
                let variable = wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
                match variable {
                    Some(name) if name.ends_with('+') => {
                        let rest: Vec<&str> = [segment].into_iter().chain(path).collect();
                        found.push((name.trim_end_matches('+').to_owned(), rest.join("/")));
                        return Some(found);
                    }
                    Some(name) if !segment.is_empty() => {
                        found.push((name.to_owned(), segment.to_owned()));
                    }
                    None if wanted == segment => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(routes: &[(&str, &str, &str)]) -> Routes {
        Routes(
            routes
                .iter()
                .map(|(method, path, flow)| Route {
                    method: (*method).to_owned(),
                    path: (*path).to_owned(),
                    flow: (*flow).to_owned(),
                })
                .collect(),
        )
    }

    #[test]
    fn the_most_specific_route_answers() {
        let routes = routes(&[
            ("OPTIONS", "/{proxy+}", "wellknown"),
            ("GET", "/v1/me/{id}", "one"),
            ("GET", "/v1/me/sessions", "all"),
            ("ANY", "/v1/me/sessions", "any"),
        ]);
        let find = |method, path| routes.find(method, path).map(|matched| matched.flow);
        assert_eq!(find("GET", "/v1/me/sessions").as_deref(), Some("all"));
        assert_eq!(find("PUT", "/v1/me/sessions").as_deref(), Some("any"));
        assert_eq!(find("GET", "/v1/me/x").as_deref(), Some("one"));
        assert_eq!(find("OPTIONS", "/v1/me/sessions").as_deref(), Some("any"));
        assert_eq!(find("OPTIONS", "/v1/me").as_deref(), Some("wellknown"));
        for (method, path) in [("GET", "/v1/me"), ("GET", "/v1/me/"), ("HEAD", "/v1/me/x")] {
            assert_eq!(find(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn a_route_names_its_parameters() {
        let routes = routes(&[("DELETE", "/v1/{id}/x/{rest+}", "f")]);
        let matched = routes.find("DELETE", "/v1/a/x/b/c").unwrap();
        assert_eq!(matched.key, "DELETE /v1/{id}/x/{rest+}");
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(matched.parameters, [pair("id", "a"), pair("rest", "b/c")]);
    }
}
