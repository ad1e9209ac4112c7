//! The Merkle tree over the log: RFC 6962, section 2.1, with SHA-256.
//!
//! Pure. The tree is never held: its right edge, a [`Frontier`] of at most 64 hashes, is enough to append and to
//! name the root, and a proof is a list of ranges whose roots the caller computes from stored leaf hashes.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// Length of a hash.
pub const HASH_BYTES: usize = digest::SHA256_OUTPUT_LEN;

/// Prefixes that keep a leaf from being taken for a node (RFC 6962, 2.1).
const LEAF_PREFIX: &[u8] = &[0];
const NODE_PREFIX: &[u8] = &[1];

/// A SHA-256 hash; base64 as text.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Hash(pub [u8; HASH_BYTES]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Text that is not the base64 of 32 bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a hash is 32 bytes in base64")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let bytes = BASE64.decode(text).map_err(|_| NotAHash)?;
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

/// The hash of one event's bytes.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    digest(&[LEAF_PREFIX, leaf])
}

fn node_hash(left: Hash, right: Hash) -> Hash {
    digest(&[NODE_PREFIX, &left.0, &right.0])
}

fn digest(parts: &[&[u8]]) -> Hash {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; HASH_BYTES];
    hash.copy_from_slice(context.finish().as_ref());
    Hash(hash)
}

/// The right edge of a tree: the roots of its complete subtrees, largest first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// From what [`Frontier::peaks`] said, if a tree of this size has that many.
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, largest first: one for every 1 in the binary size.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Append a leaf. It closes as many subtrees as the old size ends in binary ones.
    pub fn push(&mut self, leaf: Hash) {
        let closed = self.size.trailing_ones() as usize;
        let lefts = self.peaks.drain(self.peaks.len().saturating_sub(closed)..);
        let root = lefts.rev().fold(leaf, |right, left| node_hash(left, right));
        self.peaks.push(root);
        self.size += 1;
    }

    /// The root of the tree; of nothing, the hash of no bytes.
    pub fn root(&self) -> Hash {
        let smallest_first = self.peaks.iter().rev().copied();
        smallest_first.reduce(|right, left| node_hash(left, right)).unwrap_or_else(|| digest(&[]))
    }
}

impl FromIterator<Hash> for Frontier {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut frontier = Self::default();
        leaves.into_iter().for_each(|leaf| frontier.push(leaf));
        frontier
    }
}

/// The leaves whose subtree roots prove that leaf `index` is in the tree of `size`, in the order of the proof
/// (RFC 6962, 2.1.1). `None` if there is no such leaf.
pub fn inclusion_ranges(index: u64, size: u64) -> Option<Vec<Range<u64>>> {
    (index < size).then_some(())?;
    let (mut whole, mut path) = (0..size, Vec::new());
    while whole.end - whole.start > 1 {
        let middle = split(&whole);
        if index < middle {
            path.push(middle..whole.end);
            whole.end = middle;
        } else {
            path.push(whole.start..middle);
            whole.start = middle;
        }
    }
    path.reverse();
    Some(path)
}

/// The leaves whose subtree roots prove that the tree of size `old` is a prefix of the tree of size `new`
/// (RFC 6962, 2.1.2). `None` if it can't be: `old` is empty or larger.
pub fn consistency_ranges(old: u64, new: u64) -> Option<Vec<Range<u64>>> {
    (0 < old && old <= new).then_some(())?;
    let (mut whole, mut path) = (0..new, Vec::new());
    while old < whole.end {
        let middle = split(&whole);
        if old <= middle {
            path.push(middle..whole.end);
            whole.end = middle;
        } else {
            path.push(whole.start..middle);
            whole.start = middle;
        }
    }
    if whole.start > 0 {
        path.push(whole);
    }
    path.reverse();
    Some(path)
}

/// Where the tree over `whole`, of two leaves or more, divides: its left side is the largest power of two below.
const fn split(whole: &Range<u64>) -> u64 {
    whole.start + (1 << (whole.end - whole.start - 1).ilog2())
}

/// Whether `proof` shows that `leaf` stands at `index` in the tree of `size` under `root` (RFC 9162, 2.1.3.2).
pub fn verify_inclusion(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(*sibling, hash);
            (node, last) = climb_to_right_child(node, last);
        } else {
            hash = node_hash(hash, *sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == root
}

/// Whether `proof` shows that the tree of `new` leaves begins with the tree of `old` (RFC 9162, 2.1.4.2).
pub fn verify_consistency(old: (u64, Hash), new: (u64, Hash), proof: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size == new_size {
        return proof.is_empty() && old_root == new_root;
    }
    if old_size == 0 || old_size > new_size {
        return false;
    }
    let (first, rest) = match proof.split_first() {
        Some(_) if old_size.is_power_of_two() => (old_root, proof),
        Some((first, rest)) => (*first, rest),
        None => return false,
    };
    let shift = (old_size - 1).trailing_ones();
    let (mut node, mut last) = ((old_size - 1) >> shift, (new_size - 1) >> shift);
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(*sibling, old_hash);
            new_hash = node_hash(*sibling, new_hash);
            (node, last) = climb_to_right_child(node, last);
        } else {
            new_hash = node_hash(new_hash, *sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && old_hash == old_root && new_hash == new_root
}

/// On the right edge a node without sibling is its own parent: skip those levels.
const fn climb_to_right_child(node: u64, last: u64) -> (u64, u64) {
    if node == 0 {
        return (0, 0);
    }
    let levels = node.trailing_zeros();
    (node >> levels, last >> levels)
}

#[cfg(test)]
mod tests {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
    use proptest::prelude::{any, proptest};
    use sha2::Sha256;

    use super::{
        Frontier, Hash, consistency_ranges, inclusion_ranges, leaf_hash, verify_consistency, verify_inclusion,
    };

    type Oracle = MemoryBackedTree<Sha256, Vec<u8>>;

    fn leaves(size: u64) -> Vec<Vec<u8>> {
        (0..size).map(|n| n.to_be_bytes().to_vec()).collect()
    }

    fn oracle(leaves: &[Vec<u8>]) -> Oracle {
        let mut tree = Oracle::new();
        leaves.iter().for_each(|leaf| tree.push(leaf.clone()));
        tree
    }

    fn roots(ranges: Vec<std::ops::Range<u64>>, leaves: &[Vec<u8>]) -> Vec<Hash> {
        let root = |range: std::ops::Range<u64>| {
            let leaves = &leaves[range.start as usize..range.end as usize];
            leaves.iter().map(|leaf| leaf_hash(leaf)).collect::<Frontier>().root()
        };
        ranges.into_iter().map(root).collect()
    }

    fn joined(proof: &[Hash]) -> Vec<u8> {
        proof.iter().flat_map(|hash| hash.0).collect()
    }

    fn root_hash(root: Hash, size: u64) -> RootHash<Sha256> {
        RootHash::new(root.0.into(), size)
    }

    #[test]
    fn roots_of_every_size_agree_with_another_implementation() {
        let (leaves, mut tree, mut frontier) = (leaves(300), Oracle::new(), Frontier::default());
        let of_nothing = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse().unwrap();
        assert_eq!(frontier.root(), of_nothing, "RFC 6962, 2.1: SHA-256 of the empty string");
        for (size, leaf) in (1..).zip(&leaves) {
            tree.push(leaf.clone());
            frontier.push(leaf_hash(leaf));
            assert_eq!(frontier.root().0, <[u8; 32]>::from(*tree.root().as_bytes()), "{size}");
            let again = Frontier::from_peaks(frontier.size(), frontier.peaks().to_vec());
            assert_eq!(again.as_ref(), Some(&frontier));
            assert_eq!(Frontier::from_peaks(size + 1, vec![frontier.root(); 17]), None);
        }
    }

    #[test]
    fn every_inclusion_proof_of_small_trees_is_right_and_no_other() {
        for size in 1..40 {
            let leaves = leaves(size);
            let root = leaves.iter().map(|leaf| leaf_hash(leaf)).collect::<Frontier>().root();
            for index in 0..size {
                let proof = roots(inclusion_ranges(index, size).unwrap(), &leaves);
                let leaf = leaf_hash(&leaves[index as usize]);
                assert!(verify_inclusion(leaf, index, size, &proof, root), "{index} in {size}");
                for other in (0..size).filter(|other| *other != index) {
                    assert!(!verify_inclusion(leaf, other, size, &proof, root), "{other} is not {index}");
                }
                assert!(!verify_inclusion(leaf_hash(b"another"), index, size, &proof, root));
                let longer = [proof.as_slice(), &[root]].concat();
                assert!(!verify_inclusion(leaf, index, size, &longer, root));
            }
            assert_eq!(inclusion_ranges(size, size), None);
        }
    }

    proptest! {
        #[test]
        fn inclusion_proofs_agree_with_another_implementation(size in 1_u64..300, pick in any::<u64>()) {
            let (leaves, index) = (leaves(size), pick % size);
            let tree = oracle(&leaves);
            let proof = roots(inclusion_ranges(index, size).unwrap(), &leaves);
            let theirs = tree.prove_inclusion(index as usize);
            assert_eq!(joined(&proof), theirs.as_bytes());
            let root: Frontier = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
            assert!(verify_inclusion(leaf_hash(&leaves[index as usize]), index, size, &proof, root.root()));
            let ours = InclusionProof::<Sha256>::try_from_bytes(joined(&proof)).unwrap();
            root_hash(root.root(), size).verify_inclusion(&leaves[index as usize], index, &ours).unwrap();
        }

        #[test]
        fn consistency_proofs_agree_with_another_implementation(new in 1_u64..300, pick in any::<u64>(), bit in 0_usize..256) {
            let (leaves, old) = (leaves(new), pick % new + 1);
            let root = |size: u64| leaves[..size as usize].iter().map(|leaf| leaf_hash(leaf)).collect::<Frontier>().root();
            let proof = roots(consistency_ranges(old, new).unwrap(), &leaves);
            let theirs = oracle(&leaves).prove_consistency((new - old) as usize);
            assert_eq!(joined(&proof), theirs.as_bytes());
            assert!(verify_consistency((old, root(old)), (new, root(new)), &proof));
            let ours = ConsistencyProof::<Sha256>::try_from_bytes(joined(&proof)).unwrap();
            root_hash(root(new), new).verify_consistency(&root_hash(root(old), old), &ours).unwrap();

            let mut other = root(old);
            other.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!verify_consistency((old, other), (new, root(new)), &proof));
            for at in 0..proof.len() {
                let mut bent = proof.clone();
                bent[at].0[bit / 8] ^= 1 << (bit % 8);
                assert!(!verify_consistency((old, root(old)), (new, root(new)), &bent));
            }
        }
    }
}
