//! An allocator that wipes what it frees, so that no token outlives its owner in linear memory: not in the
//! buffers a parser grew out of, nor in strings that were moved.

use std::alloc::{GlobalAlloc, Layout};
use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

static SYSTEM: WasmDynamicTalc = new_wasm_dynamic_allocator();

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

struct Wiping;

// SAFETY: every call goes on to the system allocator with the arguments it came with. `realloc` is left to the
// trait's default, which allocates, copies and deallocates, so that a moved block is wiped as well.
#[allow(unsafe_code, reason = "an allocator cannot be written without")]
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is the system allocator's.
        unsafe { SYSTEM.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller owns `layout.size()` bytes at `block` until this call ends. The writes go through a
        // fence so that they are not dropped as dead stores before the free.
        unsafe {
            std::ptr::write_bytes(block, 0, layout.size());
            std::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);
            SYSTEM.dealloc(block, layout);
        }
    }
}
