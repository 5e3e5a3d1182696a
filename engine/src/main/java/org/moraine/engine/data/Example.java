package org.moraine.engine.data;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import org.moraine.contracts.Digest;

/**
 * One line of a training file as ids. The arrays are not copied; nobody changes them.
 *
 * @param line where it stands in the file, from 1; for packed examples the first one's
 * @param trained for each id whether it is learnt from those before it; never the first
 */
public record Example(int line, int[] ids, boolean[] trained) {

    public Example {
        if (ids.length != trained.length) {
            throw new IllegalArgumentException(ids.length + " ids but " + trained.length + " marks");
        }
        if (trained.length > 0 && trained[0]) {
            throw new IllegalArgumentException("nothing comes before the first id, so it cannot be learnt");
        }
    }

    /** How many ids are learnt. */
    public int trainedTokens() {
        int count = 0;
        for (boolean one : trained) {
            count += one ? 1 : 0;
        }
        return count;
    }

    /** Whether everything but the first id is learnt, as in plain text. */
    public boolean isPlainText() {
        return ids.length > 0 && trainedTokens() == ids.length - 1;
    }

    /** A digest of everything that is learnt from these examples: each one's ids and marks, in their order. */
    public static Digest digest(List<Example> examples) {
        MessageDigest sha256 = Digest.sha256();
        for (Example example : examples) {
            ByteBuffer bytes = ByteBuffer.allocate(4 + 5 * example.ids.length).putInt(example.ids.length);
            for (int i = 0; i < example.ids.length; i++) {
                bytes.putInt(example.ids[i]).put((byte) (example.trained[i] ? 1 : 0));
            }
            sha256.update(bytes.array());
        }
        return Digest.finished(sha256);
    }
}
