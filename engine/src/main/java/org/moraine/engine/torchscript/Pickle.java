package org.moraine.engine.torchscript;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The few opcodes of Python's pickle protocol 2 that a program without parameters needs. */
final class Pickle {

    private static final int PROTO = 0x80;
    private static final int GLOBAL = 'c';
    private static final int BINPUT = 'q';
    private static final int EMPTY_TUPLE = ')';
    private static final int NEWOBJ = 0x81;
    private static final int EMPTY_DICT = '}';
    private static final int MARK = '(';
    private static final int BINUNICODE = 'X';
    private static final int NEWFALSE = 0x89;
    private static final int NONE = 'N';
    private static final int SETITEMS = 'u';
    private static final int BUILD = 'b';
    private static final int STOP = '.';

    private Pickle() {}

    /** One module that is not in training and has no backward hook. */
    static byte[] moduleOf(String className) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        op(out, PROTO, 2, GLOBAL);
        out.writeBytes(("__torch__\n" + className + "\n").getBytes(StandardCharsets.UTF_8));
        op(out, BINPUT, 0, EMPTY_TUPLE, NEWOBJ, EMPTY_DICT, MARK);
        text(out, "training");
        op(out, NEWFALSE);
        text(out, "_is_full_backward_hook");
        op(out, NONE, SETITEMS, BUILD, STOP);
        return out.toByteArray();
    }

    static byte[] emptyTuple() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        op(out, PROTO, 2, EMPTY_TUPLE, STOP);
        return out.toByteArray();
    }

    private static void op(ByteArrayOutputStream out, int... bytes) {
        for (int b : bytes) {
            out.write(b);
        }
    }

    private static void text(ByteArrayOutputStream out, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        op(out, BINUNICODE);
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(bytes.length)
                .array());
        out.writeBytes(bytes);
    }
}
