package org.moraine.engine.data;

/** Thrown where a line is found to be no example; becomes a {@link LineProblem}. */
final class BadLine extends Exception {

    private static final long serialVersionUID = 1;

    private final LineProblem.Kind kind;
    private final String field;
    private final int at;

    private BadLine(LineProblem.Kind kind, String field, int at, String reason) {
        super(reason, null, false, false);
        this.kind = kind;
        this.field = field;
        this.at = at;
    }

    /** A field that is not what it has to be; empty where it is the line as a whole. */
    BadLine(String field, String reason) {
        this(LineProblem.Kind.BROKEN, field, -1, reason);
    }

    /** A line that breaks off being what it has to be at the byte {@code at}, from 0. */
    static BadLine at(int at, String reason) {
        return new BadLine(LineProblem.Kind.BROKEN, "", at, reason);
    }

    /** A line in order that nothing can be learnt from. */
    static BadLine unlearnable(String field, String reason) {
        return new BadLine(LineProblem.Kind.NOTHING_TO_LEARN, field, -1, reason);
    }

    LineProblem.Kind kind() {
        return kind;
    }

    /** The problem of the line that is being read. */
    LineProblem of(Lines line) {
        int column = at >= 0 ? line.column(at) : line.column(LineReader.offset(line, field));
        return new LineProblem(line.number(), column, field, kind, String.valueOf(getMessage()));
    }
}
