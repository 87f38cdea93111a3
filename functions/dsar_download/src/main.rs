//! `dsar_download` as Lambda runs it.

fn main() {
    edge::main(dsar_download::function);
}
