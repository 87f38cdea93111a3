//! S3's lists: XML, of which a few elements matter.

/// One version of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The object's name.
    pub key: String,
    /// Which version.
    pub version: String,
    /// Whether it is the one that is found by the name alone. If none of an object's is, the object was
    /// deleted, as far as a locked one can be.
    pub is_latest: bool,
}

/// A page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Versions that hold something; delete markers are left out.
    pub versions: Vec<Listed>,
    next: Option<(String, String)>,
}

impl Page {
    pub(crate) fn read(xml: &str) -> Self {
        let version = |part: &str| {
            Some(Listed {
                key: element(part, "Key")?,
                version: element(part, "VersionId")?,
                is_latest: element(part, "IsLatest").as_deref() == Some("true"),
            })
        };
        let parts = xml.split("<Version>").skip(1).filter_map(|part| part.split("</Version>").next());
        let is_whole = element(xml, "IsTruncated").as_deref() != Some("true");
        let marker = || Some((element(xml, "NextKeyMarker")?, element(xml, "NextVersionIdMarker").unwrap_or_default()));
        Self { versions: parts.filter_map(version).collect(), next: if is_whole { None } else { marker() } }
    }

    /// Where the next page begins, if there is one.
    pub(crate) fn next(&self) -> Option<(&str, &str)> {
        self.next.as_ref().map(|(key, version)| (key.as_str(), version.as_str()))
    }

    /// Whether there are more pages.
    pub fn has_more(&self) -> bool {
        self.next.is_some()
    }
}

/// The text of the first element of this name.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    // The ampersand last: what it made must not be read again.
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    Some(plain.replace("&apos;", "'").replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_and_delete_markers_left_out() {
        let xml = "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>roots/b</NextKeyMarker>\
            <NextVersionIdMarker>2</NextVersionIdMarker>\
            <DeleteMarker><Key>roots/a</Key><VersionId>9</VersionId><IsLatest>true</IsLatest></DeleteMarker>\
            <Version><Key>roots/a&amp;lt;</Key><VersionId>1</VersionId><IsLatest>false</IsLatest></Version>\
            <Version><Key>roots/b</Key><VersionId>2</VersionId><IsLatest>true</IsLatest></Version></ListVersionsResult>";
        let page = Page::read(xml);
        let found: Vec<_> = page.versions.iter().map(|v| (v.key.as_str(), v.version.as_str(), v.is_latest)).collect();
        assert_eq!(found, [("roots/a&lt;", "1", false), ("roots/b", "2", true)]);
        assert_eq!(page.next(), Some(("roots/b", "2")));
        assert!(!Page::read("<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>").has_more());
    }
}
