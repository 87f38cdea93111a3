//! Notices: what customers are told of what happened to their account, each with a link whose
//! button undoes it.

use domain::{Delivery, FactorId, Handle, Message, Notice, PhoneNumber, Recipient, Secret};
use edge::Ctx;
use store::{AccountUndo, Customer, NewNotice, Send, Store};

/// The page behind every notice's link.
pub const UNDO_PAGE: &str = "/recover/undo";

/// Says that something has happened that concerns the safety of an account. `remove` is the factor
/// that the button removes.
pub fn security(ctx: &Ctx, store: &Store, customer: &Customer, what: Notice, remove: Option<FactorId>) -> NewNotice {
    notice(ctx, store, customer, remove, |link| Message::Notice {
        what,
        at: ctx.now,
        device: ctx.device.clone(),
        place: ctx.place.clone(),
        link,
        until: ctx.now + Store::NOTICE_FOR,
    })
}

/// Says that the password has changed.
pub fn password_changed(ctx: &Ctx, store: &Store, customer: &Customer) -> NewNotice {
    notice(ctx, store, customer, None, |link| Message::PasswordChanged {
        at: ctx.now,
        device: ctx.device.clone(),
        place: ctx.place.clone(),
        link,
        until: ctx.now + Store::NOTICE_FOR,
    })
}

/// The same notice to a phone as well: what concerns everything goes out on every channel.
#[must_use]
pub fn also_to(mut notice: NewNotice, ctx: &Ctx, number: Option<&PhoneNumber>) -> NewNotice {
    if let (Some(number), Some(first)) = (number, notice.send.first()) {
        let delivery = Delivery { to: Recipient::Phone(number.clone()), ..first.delivery.clone() };
        notice.send.push(Send::new(delivery, ctx.now, &ctx.rng));
    }
    notice
}

fn notice(
    ctx: &Ctx,
    store: &Store,
    customer: &Customer,
    remove: Option<FactorId>,
    message: impl FnOnce(Secret<String>) -> Message,
) -> NewNotice {
    let handle = Handle::generate(&ctx.rng);
    let link = store.link_new(&handle);
    let url = format!("{}{UNDO_PAGE}?token={}", ctx.issuer, link.reveal());
    let delivery = Delivery {
        to: customer.data.email.clone().into(),
        locale: customer.locale,
        issuer: ctx.issuer.clone(),
        message: message(Secret::new(url)),
    };
    let send = vec![Send::new(delivery, ctx.now, &ctx.rng)];
    NewNotice { handle, link, undo: AccountUndo { customer: customer.id, remove }, send }
}
