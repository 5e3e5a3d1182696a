package org.moraine.registry.retire;

import org.moraine.contracts.Refused;

/**
 * Which of an adapter's versions go by themselves: those that are neither among the newest nor young, and that no alias,
 * no tag and no waiting move names. They are deleted as by hand, and can be restored until they are purged.
 *
 * @param keepNewest how many of the newest stay whatever their age, at least 1
 * @param keepDays for how many days a version stays whatever came after it
 */
record RetentionRule(int keepNewest, int keepDays) {

    private static final int MOST = 1_000_000;

    RetentionRule {
        if (keepNewest < 1 || keepNewest > MOST) {
            throw Refused.invalid("keep_newest", "keep_newest is from 1 to " + MOST + ", not " + keepNewest);
        }
        if (keepDays < 0 || keepDays > MOST) {
            throw Refused.invalid("keep_days", "keep_days is from 0 to " + MOST + ", not " + keepDays);
        }
    }
}
