package org.moraine.jobs;

import java.util.random.RandomGenerator;
import org.moraine.contracts.JobId;

/** Makes identifiers in OpenAI's form: what it is, and letters and digits that nobody guesses. */
public final class Ids {

    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int LENGTH = 24;

    private final RandomGenerator random;

    /** Takes a generator that is safe for use by many threads. */
    public Ids(RandomGenerator random) {
        this.random = random;
    }

    public JobId job() {
        return new JobId(next("ftjob-"));
    }

    public String file() {
        return next("file-");
    }

    public String upload() {
        return next("upload_");
    }

    public String part() {
        return next("part_");
    }

    public String event() {
        return next("ftevent-");
    }

    public String checkpoint() {
        return next("ftckpt_");
    }

    public String permission() {
        return next("cp_");
    }

    public String request() {
        return next("req_");
    }

    /** A seed for a job that names none. */
    public int seed() {
        return random.nextInt(Integer.MAX_VALUE);
    }

    /** Takes as many random bytes at one time as are needed for nearly every id; those that are no letter are left out. */
    private String next(String prefix) {
        StringBuilder id = new StringBuilder(prefix);
        byte[] bytes = new byte[LENGTH + LENGTH / 4];
        while (id.length() < prefix.length() + LENGTH) {
            random.nextBytes(bytes);
            for (int i = 0; i < bytes.length && id.length() < prefix.length() + LENGTH; i++) {
                int letter = bytes[i] & 63;
                if (letter < LETTERS.length()) {
                    id.append(LETTERS.charAt(letter));
                }
            }
        }
        return id.toString();
    }
}
