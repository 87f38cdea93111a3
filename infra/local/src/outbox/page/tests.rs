use axum::body::to_bytes;
use domain::Timestamp;

use super::*;

fn mail(subject: &str, html: &str) -> Mail {
    let at = Timestamp::from_second(1_700_000_000).unwrap();
    Mail::new("id1".to_owned(), Channel::Email, "ada@example.com".to_owned(), at).with(
        subject,
        "Code 123456 at http://localhost/verify?t=a",
        html,
    )
}

async fn html(mails: &[Mail], address: &str) -> String {
    let response = page(mails, &Asked::of(&address.parse().unwrap()));
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn nothing_in_a_mail_becomes_markup_of_the_page() {
    let mails = [mail("<script>alert(1)</script>", "<p>\"><script>alert(2)</script></p>")];
    for view in ["rendered", "text", "source"] {
        let page = html(&mails, &format!("/_local/outbox?view={view}")).await;
        assert!(!page.contains("<script"), "{view}");
    }
    let page = html(&mails, "/_local/outbox").await;
    assert!(page.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    assert!(page.contains("srcdoc=\"&lt;base target=&quot;_blank&quot;&gt;&lt;p&gt;"));
}

#[tokio::test]
async fn the_newest_is_shown_unless_another_is_asked_for() {
    let mails = [mail("First", "<p>1</p>"), mail("Second", "<p>2</p>")];
    let shown = async |address: &str| {
        let page = html(&mails, address).await;
        let heading = page.split_once("<h2").unwrap().1;
        heading.split_once("</h2>").unwrap().0.rsplit('>').next().unwrap().to_owned()
    };
    assert_eq!(shown("/_local/outbox").await, "Second");
    assert_eq!(shown("/_local/outbox?id=id1-0&view=text").await, "First");
}

#[tokio::test]
async fn refreshing_is_a_link_away() {
    let page = html(&[], "/_local/outbox").await;
    assert!(page.contains("refresh=on") && !page.contains("http-equiv"));
    assert!(page.contains("Nothing has been sent yet"));
    let page = html(&[], "/_local/outbox?refresh=on").await;
    assert!(page.contains("http-equiv=\"refresh\""));
}
