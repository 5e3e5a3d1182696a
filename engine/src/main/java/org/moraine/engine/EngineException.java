package org.moraine.engine;

/** Thrown where a file, tensor or number is not what the engine can work with; the message names it. */
public final class EngineException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public EngineException(String message) {
        super(message);
    }

    public EngineException(String message, Throwable cause) {
        super(message, cause);
    }
}
