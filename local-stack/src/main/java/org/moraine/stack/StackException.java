package org.moraine.stack;

import org.jspecify.annotations.Nullable;

/** A part of the stack cannot start or has ended; the message names the part, the reason and what to do. */
public final class StackException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public StackException(String message) {
        super(message);
    }

    public StackException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
