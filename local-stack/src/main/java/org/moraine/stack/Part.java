package org.moraine.stack;

/** The parts of the stack, in the order in which they start; they stop in the reverse order. */
public enum Part {
    POSTGRESQL("PostgreSQL", "postgresql", "--postgres-port", 7432),
    KAFKA("Kafka", "kafka", "--kafka-port", 7092),
    OBJECT_STORE("The object store", "s3", "--s3-port", 7090),
    JOB_API("job-api", "job-api", "--jobs-port", 7080),
    REGISTRY("registry-service", "registry-service", "--registry-port", 7081),
    WORKER("trainer-worker", "trainer-worker", "--worker-port", 7082);

    private final String title;
    private final String word;
    private final String option;
    private final int usualPort;

    Part(String title, String word, String option, int usualPort) {
        this.title = title;
        this.word = word;
        this.option = option;
        this.usualPort = usualPort;
    }

    /** As people read it at the start of a sentence. */
    public String title() {
        return title;
    }

    /** As it stands in file names, keys and JSON; of a service, its module. */
    public String word() {
        return word;
    }

    /** The command line's option for its port. */
    public String option() {
        return option;
    }

    /** The port that it listens on unless told otherwise. */
    public int usualPort() {
        return usualPort;
    }

    boolean isService() {
        return compareTo(JOB_API) >= 0;
    }
}
