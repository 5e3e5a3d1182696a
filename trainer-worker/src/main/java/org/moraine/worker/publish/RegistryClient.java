package org.moraine.worker.publish;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Duration;
import org.moraine.contracts.AdapterName;
import org.moraine.contracts.Digest;
import org.moraine.contracts.Manifest;
import org.moraine.contracts.Publication;
import org.moraine.worker.Declined;
import org.moraine.worker.Peer;
import org.moraine.worker.WorkerConfig;

/**
 * registry-service as the worker calls it. Every call may be made again, and is, while the registry is away.
 */
@Singleton
public class RegistryClient {

    private static final int NOT_FOUND = 404;

    private final Peer peer;
    private final Duration patience;

    RegistryClient(WorkerConfig config, RegistryConfig registry, ObjectMapper json) {
        this.peer = new Peer("registry-service", registry.url(), config.key(), json);
        this.patience = config.patience();
    }

    /** Asks for a blob, whichever answer comes: no bytes at all are as good as any. */
    void requireAnswer() throws IOException {
        boolean unused = has("/api/v1/blobs/" + Digest.of(new byte[0]));
    }

    /** Uploads a file's bytes unless the registry has them. */
    Path store(Manifest.File described, Path file) {
        String path = "/api/v1/blobs/" + described.digest();
        return peer.persist(patience, () -> {
            if (!has(path)) {
                peer.once(peer.request(path).PUT(BodyPublishers.ofFile(file)), described.size());
            }
            return file;
        });
    }

    private boolean has(String path) throws IOException {
        try {
            peer.once(peer.request(path).method("HEAD", BodyPublishers.noBody()));
            return true;
        } catch (Declined e) {
            if (e.status() == NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    /** Makes the job's version, or gets the one that was made before. */
    Publication.Made publish(AdapterName adapter, Publication publication) {
        String path = "/api/v1/adapters/" + adapter + "/versions";
        return peer.persist(patience, () -> peer.once(peer.send("POST", path, publication), Publication.Made.class));
    }
}
