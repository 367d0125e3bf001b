//! An allocator that wipes what it frees, so that no token outlives its owner in linear memory, such as in a
//! string that was moved or in a buffer that a parser has outgrown.

use std::alloc::{GlobalAlloc, Layout};
use talc::wasm::{WasmDynamicTalc, new_wasm_dynamic_allocator};

static SYSTEM: WasmDynamicTalc = new_wasm_dynamic_allocator();

#[global_allocator]
static ALLOCATOR: Wiping = Wiping;

struct Wiping;

// SAFETY: every call is passed to the system allocator with its own arguments. `realloc` uses the trait's
// default, which allocates, copies and deallocates, so a moved block is wiped too.
#[allow(unsafe_code, reason = "an allocator cannot be written without")]
unsafe impl GlobalAlloc for Wiping {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's contract is the system allocator's.
        unsafe { SYSTEM.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller owns `layout.size()` bytes at `block` until this call ends. A fence follows the
        // writes, so the compiler cannot remove them as dead stores.
        unsafe {
            std::ptr::write_bytes(block, 0, layout.size());
            std::sync::atomic::compiler_fence(std::sync::atomic::Ordering::SeqCst);
            SYSTEM.dealloc(block, layout);
        }
    }
}
