# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion doctor`: finds what is missing and says how to mend it."""

import json
import sys
from pathlib import Path

import pytest

from av_fusion_ros import cli
from av_fusion_ros.cli import doctor, installation_checks
from av_fusion_ros.cli.installation_checks import FAILED, PASSED, WARNING, Finding


def test_this_installation_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    """The set-up that runs these tests leaves nothing for the doctor to fail."""
    status = cli.main(['doctor'])
    report = capsys.readouterr().out
    assert 'FAIL' not in report
    assert status == 0


def test_json_holds_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(['doctor', '--json'])
    findings = json.loads(capsys.readouterr().out)
    assert list(findings) == list(installation_checks.CHECKS)
    assert all(finding['state'] in {PASSED, WARNING, FAILED} for finding in findings.values())


def test_a_failure_sets_the_exit_status_and_a_warning_does_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, 'CHECKS', {'one': lambda: Finding(WARNING, 'odd', 'mend it')})
    assert cli.main(['doctor']) == 0
    monkeypatch.setattr(doctor, 'CHECKS', {'one': lambda: Finding(FAILED, 'gone', 'fetch it')})
    assert cli.main(['doctor']) == 1
    assert 'fetch it' in capsys.readouterr().out


@pytest.mark.parametrize('module', ['torch', 'torchaudio', 'cv2', 'onnxruntime', 'rclpy'])
def test_a_library_that_cannot_be_imported_is_reported_with_a_remedy(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    check = installation_checks.CHECKS['opencv' if module == 'cv2' else module]
    finding = check()
    assert finding.state == FAILED
    assert 'cannot be imported' in finding.found
    assert finding.mend


def test_missing_face_weights_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('AV_FUSION_FACE_WEIGHTS', str(tmp_path))
    finding = installation_checks.face_weights()
    assert finding.state == FAILED
    assert str(tmp_path) in finding.found


def test_a_synthesiser_that_is_absent_is_only_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('PATH', '')
    finding = installation_checks.espeak()
    assert finding.state == WARNING
    assert 'apt-get install espeak-ng' in finding.mend


def test_a_dds_profile_that_does_not_exist_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv('RMW_IMPLEMENTATION', raising=False)
    monkeypatch.delenv('FASTDDS_DEFAULT_PROFILES_FILE', raising=False)
    monkeypatch.setenv('FASTRTPS_DEFAULT_PROFILES_FILE', 'no/such/profile.xml')
    assert installation_checks.dds_profile().state == FAILED
    monkeypatch.delenv('FASTRTPS_DEFAULT_PROFILES_FILE')
    assert installation_checks.dds_profile().state == WARNING
    monkeypatch.setenv('RMW_IMPLEMENTATION', 'rmw_cyclonedds_cpp')
    assert installation_checks.dds_profile().state == PASSED


@pytest.mark.parametrize(
    ('domain', 'state'), [('0', PASSED), ('101', PASSED), ('102', FAILED), ('x', FAILED)]
)
def test_domains_outside_the_safe_range_fail(
    domain: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('ROS_DOMAIN_ID', domain)
    assert installation_checks.discovery().state == state
