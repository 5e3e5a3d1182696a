package org.moraine.worker;

/** Another service answered that it will not do what the worker asked; asking again at once changes nothing. */
public final class Declined extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int status;
    private final String code;

    /**
     * @param status the HTTP status, from 400 to 499
     * @param code the answer's word for programs, empty where it has none
     */
    Declined(String peer, int status, String code, String message) {
        super(peer + " declined with " + status + " " + code + ": " + message);
        this.status = status;
        this.code = code;
    }

    public int status() {
        return status;
    }

    /** The answer's word for programs, empty where it has none. */
    public String code() {
        return code;
    }

    /** Whether the service does not take this worker's key, so that it would decline anything. */
    public boolean isForKey() {
        return status == 401 || status == 403;
    }
}
