package org.moraine.worker;

import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** The name under which this worker claims leases; two workers of one name would take each other's. */
@Singleton
public class WorkerName {

    private final String value;

    WorkerName(WorkerConfig config) {
        this.value = config.name().orElseGet(WorkerName::host);
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            throw new IllegalStateException("This host has no name; set MORAINE_WORKER_NAME", e);
        }
    }

    public String value() {
        return value;
    }
}
