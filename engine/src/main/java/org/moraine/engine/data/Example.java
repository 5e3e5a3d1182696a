package org.moraine.engine.data;

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
}
