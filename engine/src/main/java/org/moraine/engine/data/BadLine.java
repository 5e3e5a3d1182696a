package org.moraine.engine.data;

/** Thrown where a line is found to be no example; becomes a {@link LineProblem}. */
final class BadLine extends Exception {

    private static final long serialVersionUID = 1;

    private final String field;

    BadLine(String field, String reason) {
        super(reason, null, false, false);
        this.field = field;
    }

    LineProblem at(int line) {
        return new LineProblem(line, field, String.valueOf(getMessage()));
    }
}
