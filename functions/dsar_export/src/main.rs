//! `dsar_export` as Lambda runs it.

fn main() {
    edge::main(dsar_export::function);
}
