//! `dsar_reminders` as Lambda runs it.

fn main() {
    edge::main(dsar_reminders::function);
}
