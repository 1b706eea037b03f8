# Copyright 2026 The av_fusion_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`av-fusion doctor`: finds what is missing and says how to mend it."""

import json
import sys
from pathlib import Path

import pytest

from av_fusion_ros import cli
from av_fusion_ros.cli import device_checks, doctor, installation_checks, network_checks
from av_fusion_ros.cli.finding import FAILED, PASSED, WARNING, Finding


def test_this_installation_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    """The set-up that runs these tests leaves nothing for the doctor to fail."""
    status = cli.main(['doctor'])
    report = capsys.readouterr().out
    assert 'FAIL' not in report
    assert status == 0


def test_json_holds_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(['doctor', '--json', '--wait', '0'])
    findings = json.loads(capsys.readouterr().out)
    assert list(findings) == list(doctor.ALL_CHECKS)
    assert all(finding['state'] in {PASSED, WARNING, FAILED} for finding in findings.values())


def test_a_failure_sets_the_exit_status_and_a_warning_does_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, 'ALL_CHECKS', {'one': lambda: Finding(WARNING, 'odd', 'mend it')})
    assert cli.main(['doctor', '--wait', '0']) == 0
    monkeypatch.setattr(doctor, 'ALL_CHECKS', {'one': lambda: Finding(FAILED, 'gone', 'fetch it')})
    assert cli.main(['doctor', '--wait', '0']) == 1
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
    assert network_checks.dds_profile().state == FAILED
    monkeypatch.delenv('FASTRTPS_DEFAULT_PROFILES_FILE')
    assert network_checks.dds_profile().state == WARNING
    monkeypatch.setenv('RMW_IMPLEMENTATION', 'rmw_cyclonedds_cpp')
    assert network_checks.dds_profile().state == PASSED


@pytest.mark.parametrize(
    ('domain', 'state'), [('0', PASSED), ('101', PASSED), ('102', FAILED), ('x', FAILED)]
)
def test_domains_outside_the_safe_range_fail(
    domain: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('ROS_DOMAIN_ID', domain)
    assert network_checks.discovery().state == state


@pytest.mark.parametrize(
    ('text', 'state'),
    [
        ('<dds><profiles><transport_descriptors/></profiles></dds>', PASSED),
        ('<dds><profiles/></dds>', WARNING),
        ('<dds><profiles>', FAILED),
    ],
)
def test_a_dds_profile_that_cannot_help_is_told_of(
    text: str, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / 'profile.xml'
    profile.write_text(text)
    monkeypatch.delenv('FASTDDS_DEFAULT_PROFILES_FILE', raising=False)
    monkeypatch.setenv('FASTRTPS_DEFAULT_PROFILES_FILE', str(profile))
    assert network_checks.dds_profile().state == state


def test_a_discovery_server_is_pointed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('ROS_DISCOVERY_SERVER', '10.0.0.1:11811')
    finding = network_checks.discovery()
    assert finding.state == WARNING
    assert '10.0.0.1' in finding.found


def test_graphs_that_do_not_fit_the_checkpoint_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoint alone, without the graphs beside it."""
    from av_fusion_ros.nodes import installed_files

    alone = tmp_path / 'av_fusion.safetensors'
    alone.symlink_to(installed_files.package_file('models/av_fusion.safetensors'))
    monkeypatch.setattr(installed_files, 'package_file', lambda name: alone)
    finding = installation_checks.graphs()
    assert finding.state == FAILED
    assert 'av-fusion export' in finding.mend


def test_a_camera_is_found_and_its_absence_only_a_warning(tmp_path: Path) -> None:
    finding = device_checks.camera(tmp_path)
    assert finding.state == WARNING
    assert 'drivers' in finding.mend
    (tmp_path / 'video0').touch()
    assert device_checks.camera(tmp_path).state == PASSED


def test_a_missing_sound_library_is_only_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, 'sounddevice', None)
    finding = device_checks.microphone()
    assert finding.state == WARNING
    assert 'libportaudio2' in finding.found
