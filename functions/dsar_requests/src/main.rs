//! `dsar_requests` as Lambda runs it.

fn main() {
    edge::main(dsar_requests::function);
}
